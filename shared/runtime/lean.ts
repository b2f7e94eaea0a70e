/**
 * What our processes give Node, here and in the images: garbage younger than 12 MB in all is collected
 * at once. With Node's own 48 MB a service that answers stored pages holds 165 MB, with these 120, for
 * a tenth more processor time (docs/performance.md).
 */
export const LEAN = '--max-semi-space-size=4'
