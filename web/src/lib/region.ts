import type { Failure } from './failure.ts'

/** A part of the page that comes from a service, in one of its states. */
export type Region<T> =
  | { state: 'loading'; value?: T | undefined }
  | { state: 'ok'; value: T }
  | { state: 'error'; failure: Failure; retry?: () => void }

/** What there is to show, also while a newer one is fetched. */
export function shownOf<T>(region: Region<T> | undefined): T | undefined {
  return region && region.state !== 'error' ? region.value : undefined
}
