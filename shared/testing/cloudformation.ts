import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec'

// A template against the public specification of CloudFormation's resources (names, types, required).

type SpecType =
  | { type: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date-time' | 'tag' | 'null' }
  | { type: 'array' | 'map'; element: SpecType }
  | { type: 'ref'; reference: { $ref: string } }
  | { type: 'union'; types: SpecType[] }
type Properties = Record<string, { type: SpecType; required?: boolean }>
type Spec = {
  lookup(kind: string, index: string, how: string, value: string): { properties: Properties }[]
  get(kind: string, reference: { $ref: string }): { properties: Properties }
}

type Object_ = Record<string, unknown>
type Template = { Resources: Object_; Parameters?: Object_; Conditions?: Object_ }

/** Each thing wrong with the template, by its place; none when it is right. */
export async function templateProblems(template: Template): Promise<string[]> {
  const spec = (await loadAwsServiceSpec()) as unknown as Spec
  const problems: string[] = []
  for (const [id, given] of Object.entries(template.Resources)) {
    if (!/^[A-Za-z0-9]+$/.test(id)) problems.push(`${id}: not a logical id`)
    const resource = given as { Type: string; Properties: Object_; Condition?: string }
    const [known] = spec.lookup('resource', 'cloudFormationType', 'equals', resource.Type)
    if (!known) problems.push(`${id}: no type ${resource.Type}`)
    else {
      const properties = { ...known.properties, ...passedOn(spec, resource.Type) }
      problems.push(...objectProblems(spec, properties, resource.Properties, id))
    }
    if (resource.Condition && !(resource.Condition in (template.Conditions ?? {})))
      problems.push(`${id}: no condition ${resource.Condition}`)
  }
  return [...problems, ...referenceProblems(template)]
}

/** SAM hands it on to the function; the specification's copy of SAM is older than that. */
function passedOn(spec: Spec, type: string): Properties {
  if (type !== 'AWS::Serverless::Function') return {}
  const [fn] = spec.lookup('resource', 'cloudFormationType', 'equals', 'AWS::Lambda::Function')
  const { LoggingConfig } = fn?.properties ?? {}
  return LoggingConfig ? { LoggingConfig } : {}
}

function objectProblems(spec: Spec, properties: Properties, value: unknown, at: string): string[] {
  if (!isObject(value)) return [`${at}: not an object`]
  const problems = Object.keys(value)
    .filter((key) => !Object.hasOwn(properties, key))
    .map((key) => `${at}.${key}: unknown`)
  for (const [key, { type, required }] of Object.entries(properties)) {
    const here = value[key]
    if (here === undefined) {
      if (required) problems.push(`${at}.${key}: missing`)
    } else problems.push(...valueProblems(spec, type, here, `${at}.${key}`))
  }
  return problems
}

function valueProblems(spec: Spec, type: SpecType, value: unknown, at: string): string[] {
  if (isObject(value)) {
    const branches = value['Fn::If']
    if (Array.isArray(branches))
      return branches.slice(1).flatMap((it) => valueProblems(spec, type, it, at))
    const [key = '', ...more] = Object.keys(value)
    if (more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) return []
  }
  const wrong = [`${at}: not ${type.type}`]
  switch (type.type) {
    case 'json':
      return []
    case 'integer':
      return Number.isInteger(value) ? [] : wrong
    case 'number':
    case 'boolean':
      return typeof value === type.type ? [] : wrong
    case 'array':
      if (!Array.isArray(value)) return wrong
      return value.flatMap((it, n) => valueProblems(spec, type.element, it, `${at}.${n}`))
    case 'map':
      if (!isObject(value)) return wrong
      return Object.entries(value).flatMap(([key, it]) =>
        valueProblems(spec, type.element, it, `${at}.${key}`),
      )
    case 'ref':
      return objectProblems(spec, spec.get('typeDefinition', type.reference).properties, value, at)
    case 'union': {
      const tries = type.types.map((it) => valueProblems(spec, it, value, at))
      return tries.find((it) => it.length === 0) ?? tries.at(-1) ?? wrong
    }
    case 'tag':
      return isObject(value) ? [] : wrong
    default:
      return typeof value === 'string' ? [] : wrong
  }
}

/** Names that `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::If` mean and that are not there. */
function referenceProblems(template: Template): string[] {
  const known = new Set([
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters ?? {}),
  ])
  const problems: string[] = []
  const named = (name: unknown, at: string) => {
    const [first = ''] = String(name).split('.')
    if (!first.startsWith('AWS::') && !known.has(first)) problems.push(`${at}: no ${first}`)
  }
  const visit = (value: unknown, at: string): void => {
    if (Array.isArray(value)) for (const [n, it] of value.entries()) visit(it, `${at}.${n}`)
    if (!isObject(value)) return
    for (const [key, it] of Object.entries(value)) {
      if (key === 'Ref') named(it, at)
      else if (key === 'Fn::GetAtt' && Array.isArray(it)) named(it[0], at)
      else if (key === 'Fn::Sub') for (const name of placeholders(it)) named(name, at)
      else if (key === 'Fn::If' && Array.isArray(it) && !(it[0] in (template.Conditions ?? {})))
        problems.push(`${at}: no condition ${it[0]}`)
      visit(it, `${at}.${key}`)
    }
  }
  visit(template, '')
  return problems
}

function placeholders(text: unknown): string[] {
  return [...String(text).matchAll(/\$\{([\w.:]+)\}/g)].map(([, name = '']) => name)
}

function isObject(value: unknown): value is Object_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
