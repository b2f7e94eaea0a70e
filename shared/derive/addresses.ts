import type { Service } from '../http/service.ts'

/** `SERVICE_<NAME>_URL` of each service: where the others reach it when nobody else tells them. */
export function addresses<Url>(
  services: readonly Service[],
  urlOf: (service: Service) => Url,
): Record<string, Url> {
  return Object.fromEntries(
    services.map((it) => [`SERVICE_${it.name.toUpperCase()}_URL`, urlOf(it)]),
  )
}
