import type { Service } from '../http/service.ts'

/** One resource of a CloudFormation template, or any other part of it. */
export type Part = Record<string, unknown>
export type Parts = Record<string, Part>

export const ref = (name: string) => ({ Ref: name })
export const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] })
export const sub = (text: string) => ({ 'Fn::Sub': text })
export const when = (condition: string, yes: unknown, no: unknown = ref('AWS::NoValue')) => ({
  'Fn::If': [condition, yes, no],
})

/** `list-products` → `ListProducts`: a logical id has letters and digits only. */
export function pascal(name: string): string {
  return name.replace(/(^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_all, _gap, letter) =>
    letter.toUpperCase(),
  )
}

/** Host of a service's API, for `Fn::Sub`. */
export function apiHost(service: Pick<Service, 'name'>): string {
  return `\${${pascal(service.name)}Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`
}
