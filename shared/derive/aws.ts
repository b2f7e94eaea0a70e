import type { Service } from '../http/service.ts'
import { edgeResources } from './aws-edge.ts'
import { type Part, type Parts, pascal, ref, sub, when } from './aws-parts.ts'
import { serviceResources, serviceUrls } from './aws-service.ts'
import { yaml } from './yaml.ts'

/** CloudFormation takes 500 resources in a stack; what somebody adds by hand needs room too. */
export const MOST_RESOURCES = 450
/** Concurrency of a new account, of which 100 must stay unreserved. */
export const MOST_RESERVED = 900

export type Template = {
  AWSTemplateFormatVersion: string
  Transform: string
  Description: string
  Parameters: Parts
  Conditions: Parts
  Globals: Part
  Resources: Parts
  Outputs: Parts
}

/** The whole shop on AWS Lambda as one SAM template. Fails when it would outgrow a stack. */
export function samTemplate(services: readonly Service[]): Template {
  const template: Template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    Description: 'Souk: one function per endpoint behind HTTP APIs, the storefront behind a CDN',
    Parameters: parameters(services),
    Conditions: conditions(services),
    Globals: { Function: globals(services) },
    Resources: {
      ...house(),
      ...edgeResources(services),
      ...Object.assign({}, ...services.map(serviceResources)),
    },
    Outputs: outputs(services),
  }
  checkSize(services, template)
  return template
}

/** `deploy/aws/template.yaml`. */
export function samText(services: readonly Service[]): string {
  return shortened(yaml(samTemplate(services)))
}

/** `{ Ref: X }` → `!Ref X` and so on, as templates are written by hand. */
function shortened(text: string): string {
  return text
    .replace(
      /(: *|- )\n? *Fn::GetAtt:\n +- (\w+)\n +- ([\w.]+)$/gm,
      (_all, lead, a, b) => `${lead.trimEnd()} !GetAtt ${a}.${b}`,
    )
    .replace(/(:|-)\s+(Ref|Fn::Sub|Condition): (\S.*)$/gm, (all, lead, name, value) =>
      name === 'Condition' ? all : `${lead} !${name.replace('Fn::', '')} ${value}`,
    )
}

/** Refuses what one stack cannot hold, and says how to part it. */
export function checkSize(
  services: readonly Service[],
  { Resources }: Pick<Template, 'Resources'>,
) {
  const count = Object.keys(Resources).length
  if (count > MOST_RESOURCES) {
    const rows = services.map((it) => ({
      name: it.name,
      count: Object.keys(serviceResources(it)).length,
    }))
    const shared = count - rows.reduce((sum, it) => sum + it.count, 0)
    const stacks = split(rows, MOST_RESOURCES - shared)
    throw new Error(
      `The template would have ${count} resources; at most ${MOST_RESOURCES} fit in a stack. ` +
        `Part it into ${stacks.length} stacks, which the API of each service allows: ` +
        `${stacks.map((it) => it.join(' + ')).join('; ')}; what is shared (${shared}) in the first.`,
    )
  }
  const reserved = Object.values(Resources)
    .map((it) => (it.Properties as Part).ReservedConcurrentExecutions)
    .reduce<number>((sum, it) => sum + (typeof it === 'number' ? it : 0), 0)
  if (reserved > MOST_RESERVED)
    throw new Error(`Contracts reserve ${reserved} calls at once; an account has ${MOST_RESERVED}`)
}

/** The largest first, each where it still fits. */
function split(rows: { name: string; count: number }[], most: number): string[][] {
  const stacks: { names: string[]; count: number }[] = []
  for (const { name, count } of [...rows].sort((a, b) => b.count - a.count)) {
    const stack = stacks.find((it) => it.count + count <= most)
    if (stack) {
      stack.names.push(name)
      stack.count += count
    } else stacks.push({ names: [name], count })
  }
  return stacks.map((it) => it.names)
}

function parameters(services: readonly Service[]): Parts {
  const text = (Description: string, Default?: string): Part => ({
    Type: 'String',
    Description,
    ...(Default === undefined ? {} : { Default }),
  })
  const own = services.map(({ name }) => [
    [
      `${pascal(name)}DatabaseSecret`,
      text(`ARN of the secret with ${name}'s database: a URL, or JSON as RDS keeps it`),
    ],
    [
      `${pascal(name)}DatabaseInstance`,
      text(`RDS instance behind it, to put an RDS Proxy before; none when empty`, ''),
    ],
  ])
  return {
    Subnets: {
      Type: 'List<AWS::EC2::Subnet::Id>',
      Description: 'Private subnets that reach the databases, and the internet by NAT',
    },
    SecurityGroups: {
      Type: 'List<AWS::EC2::SecurityGroup::Id>',
      Description: 'Groups that the databases and the cache let in, also from each other',
    },
    ...Object.fromEntries(own.flat()),
    RedisUrl: text('rediss:// URL of a Redis or Valkey you have; wins over CreateCache', ''),
    RedisCluster: { ...text('Whether RedisUrl is a cluster', 'true'), AllowedValues: yesNo },
    CreateCache: {
      ...text('true makes an ElastiCache Serverless (Valkey)', 'false'),
      AllowedValues: yesNo,
    },
    Domain: text("The shop's host name; CloudFront's own when empty", ''),
    CertificateArn: text('Certificate for it, of ACM in us-east-1', ''),
    SuperuserEmail: text('Makes the first superuser; the password is made in a secret', ''),
    LogLevel: {
      ...text('Least severity logged', 'INFO'),
      AllowedValues: ['DEBUG', 'INFO', 'WARN', 'ERROR'],
    },
    BackgroundSeconds: text('How long of each minute background work runs, 1 to 100', '50'),
  }
}

const yesNo = ['true', 'false']

function conditions(services: readonly Service[]): Parts {
  const given = (name: string): Part => ({ 'Fn::Not': [{ 'Fn::Equals': [ref(name), ''] }] })
  return {
    HasDomain: given('Domain'),
    HasRedis: given('RedisUrl'),
    MakesSuperuser: given('SuperuserEmail'),
    MakesCache: {
      'Fn::And': [
        { 'Fn::Equals': [ref('CreateCache'), 'true'] },
        { 'Fn::Not': [{ Condition: 'HasRedis' }] },
      ],
    },
    ...Object.fromEntries(
      services.map(({ name }) => [
        `${pascal(name)}Proxied`,
        given(`${pascal(name)}DatabaseInstance`),
      ]),
    ),
  }
}

function globals(services: readonly Service[]): Part {
  const madeCache = sub(`rediss://\${Cache.Endpoint.Address}:\${Cache.Endpoint.Port}`)
  return {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    MemorySize: 256,
    Timeout: 30,
    VpcConfig: { SubnetIds: ref('Subnets'), SecurityGroupIds: ref('SecurityGroups') },
    Environment: {
      Variables: {
        NODE_ENV: 'production',
        NODE_OPTIONS: '--enable-source-maps',
        // The certificates of RDS are Amazon's own.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
        // Only hosts that CloudFront and API Gateway know come this far.
        ALLOWED_HOSTS: '*',
        LOGGING_LVL: ref('LogLevel'),
        DISCOVERY: 'none',
        PG_POOL_MAX: '1',
        SECRET_KEY_SECRET_ARN: ref('SecretKey'),
        EDGE_KEY_SECRET_ARN: ref('EdgeKey'),
        REDIS_URL: when('HasRedis', ref('RedisUrl'), when('MakesCache', madeCache, '')),
        REDIS_CLUSTER: when('HasRedis', ref('RedisCluster'), when('MakesCache', 'true', 'false')),
        BACKGROUND_SECONDS: ref('BackgroundSeconds'),
        ...serviceUrls(services),
      },
    },
  }
}

/** What all services share. Secrets are made once and stay when the stack goes. */
function house(): Parts {
  const secret = (Description: string, more: Part = {}): Part => ({
    Type: 'AWS::SecretsManager::Secret',
    ...more,
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Description,
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    },
  })
  return {
    SecretKey: secret('SECRET_KEY: seals signing keys, service tokens and guest cookies'),
    EdgeKey: secret('EDGE_KEY: by which functions know CloudFront'),
    SuperuserPassword: secret("The first superuser's password", { Condition: 'MakesSuperuser' }),
    Cache: {
      Type: 'AWS::ElastiCache::ServerlessCache',
      Condition: 'MakesCache',
      Properties: {
        ServerlessCacheName: sub(`\${AWS::StackName}-cache`),
        Engine: 'valkey',
        SubnetIds: ref('Subnets'),
        SecurityGroupIds: ref('SecurityGroups'),
      },
    },
  }
}

function outputs(services: readonly Service[]): Parts {
  return {
    Url: {
      Value: when('HasDomain', sub(`https://\${Domain}`), sub(`https://\${Shop.DomainName}`)),
    },
    Bucket: { Value: ref('Site') },
    Distribution: { Value: ref('Shop') },
    ...Object.fromEntries(
      services.map(({ name }) => [
        `${pascal(name)}Migration`,
        { Value: ref(`${pascal(name)}Migration`) },
      ]),
    ),
  }
}
