import type { Failure } from './failure.ts'
import { t, tried } from './i18n.ts'

/** Whether what asked may ask again: nobody answered, or somebody who could not. */
export function mayHeal({ status }: Failure): boolean {
  return status === 0 || status >= 500
}

/** What a reader calls a service. */
export function nameOf(service: string): string {
  return tried(`service.${service}`) ?? service
}

/** Why something was not done, in plain words; `otherwise` is said where a code has none. */
export function reasonOf({ code, service, detail }: Failure, otherwise = ''): string {
  const own = tried(`fault.${code}`, { service: nameOf(service) })
  return own ?? (otherwise || detail || t('fault.internal'))
}
