import { enMore, type MoreTexts } from './en-more.ts'
export const plMore: MoreTexts = enMore
