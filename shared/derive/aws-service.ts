import type { Contract } from '../http/contract.ts'
import { kebab, type Service } from '../http/service.ts'
import { addresses } from './addresses.ts'
import { proxy, role } from './aws-access.ts'
import { apiHost, att, type Part, type Parts, pascal, ref, sub, when } from './aws-parts.ts'
import { sameShapes, withoutSlash } from './same-shapes.ts'

/** A function: its entry in the built folder, and what it needs. */
type Fn = {
  name: string
  memory?: number | undefined
  timeout?: number
  concurrency?: number | undefined
  about: string
  environment?: Part
}

/** Everything of one service: its API, a function per endpoint, role, log, background, database. */
export function serviceResources(service: Service): Parts {
  const name = pascal(service.name)
  const contracts = Object.values(service.endpoints).map((it) => it.contract)
  const chosen = sameShapes(service)
  const twins = new Set(chosen.flatMap((it) => it.keys.map(kebab)))
  return {
    ...frame(service),
    ...Object.assign({}, ...contracts.map((it) => endpoint(service, it, !twins.has(it.name)))),
    ...Object.assign(
      {},
      ...chosen.map((it) => {
        const both = contracts.filter(({ name }) => it.keys.map(kebab).includes(name))
        const about = `Chooses between ${both.map((each) => each.name).join(' and ')}`
        return routed(service, { ...most(both), name: it.name, about }, it.routeKey)
      }),
    ),
    ...routed(service, { name: 'lambda-rest', about: 'What no route names' }, '$default'),
    ...fn(service, {
      name: 'lambda-migration',
      about: 'Migrates the database; invoked before traffic shifts',
      timeout: 900,
      concurrency: 1,
      ...(service.name === 'auth' ? { environment: superuser } : {}),
    }),
    ...background(service),
    ...proxy(name),
  }
}

const superuser: Part = {
  SU_NAME: when('MakesSuperuser', 'admin'),
  SU_EMAIL: when('MakesSuperuser', ref('SuperuserEmail')),
  SU_PASSWORD_SECRET_ARN: when('MakesSuperuser', ref('SuperuserPassword')),
}

function most(contracts: Contract[]): Pick<Fn, 'memory' | 'timeout'> {
  return {
    memory: Math.max(...contracts.map((it) => it.memory ?? 256)),
    timeout: Math.max(...contracts.map((it) => it.timeout)),
  }
}

function endpoint(service: Service, contract: Contract, hasRoute: boolean): Parts {
  const { name, memory, timeout, concurrency, method, path, summary } = contract
  const wanted = { name, memory, timeout, concurrency, about: `${method} ${path}: ${summary}` }
  return hasRoute ? routed(service, wanted, `${method} ${withoutSlash(path)}`) : fn(service, wanted)
}

function fn(service: Service, wanted: Fn): Parts {
  const { name, memory, timeout, concurrency, about, environment } = wanted
  const owner = pascal(service.name)
  const properties = {
    Description: about.slice(0, 256),
    CodeUri: `../../dist/${service.name}`,
    Handler: `${name}.handler`,
    Role: att(`${owner}Role`, 'Arn'),
    ...(memory && memory !== 256 ? { MemorySize: memory } : {}),
    ...(timeout && timeout !== 30 ? { Timeout: timeout } : {}),
    ...(concurrency ? { ReservedConcurrentExecutions: concurrency } : {}),
    LoggingConfig: { LogGroup: ref(`${owner}Log`) },
    Environment: {
      Variables: {
        POWERTOOLS_SERVICE_NAME: service.name,
        DB_CONNECTION_STRING_SECRET_ARN: ref(`${owner}DatabaseSecret`),
        DB_CONNECTION_STRING_HOST: when(`${owner}Proxied`, att(`${owner}Proxy`, 'Endpoint')),
        PG_LIMITS: when(`${owner}Proxied`, 'false', 'true'),
        ...environment,
      },
    },
  }
  return { [idOf(service, name)]: { Type: 'AWS::Serverless::Function', Properties: properties } }
}

function idOf(service: Service, name: string): string {
  return `${pascal(service.name)}${pascal(name.replace(/^lambda-/, ''))}`
}

function routed(service: Service, wanted: Fn, routeKey: string): Parts {
  const api = ref(`${pascal(service.name)}Api`)
  const id = idOf(service, wanted.name)
  return {
    ...fn(service, wanted),
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: api,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: att(id, 'Arn'),
        PayloadFormatVersion: '2.0',
      },
    },
    [`${id}Route`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: api,
        RouteKey: routeKey,
        Target: sub(`integrations/\${${id}Integration}`),
      },
    },
    [`${id}Permission`]: allow(
      id,
      'apigateway.amazonaws.com',
      sub(
        `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${pascal(service.name)}Api}/*`,
      ),
    ),
  }
}

function allow(id: string, principal: string, source: unknown): Part {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: ref(id),
      Principal: principal,
      SourceArn: source,
    },
  }
}

/** On Lambda nothing runs between calls: a clock starts what a container does beside answering. */
function background(service: Service): Parts {
  const id = idOf(service, 'lambda-background')
  const rule = (rate: string, input?: string): Part => ({
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: rate,
      State: 'ENABLED',
      Targets: [{ Id: 'background', Arn: att(id, 'Arn'), ...(input ? { Input: input } : {}) }],
    },
  })
  const minutely = service.background?.length
    ? {
        [`${id}Clock`]: rule('rate(1 minute)'),
        [`${id}ClockPermission`]: allow(id, 'events.amazonaws.com', att(`${id}Clock`, 'Arn')),
      }
    : {}
  return {
    ...fn(service, {
      name: 'lambda-background',
      about: 'Sends events, sweeps, counts: what a container does beside answering',
      timeout: 120,
    }),
    ...minutely,
    [`${id}Hourly`]: rule('rate(1 hour)', '{"tidy":true}'),
    [`${id}HourlyPermission`]: allow(id, 'events.amazonaws.com', att(`${id}Hourly`, 'Arn')),
  }
}

function frame(service: Service): Parts {
  const name = pascal(service.name)
  return {
    [`${name}Api`]: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        Name: sub(`\${AWS::StackName}-${service.name}`),
        Description: service.about,
        ProtocolType: 'HTTP',
      },
    },
    [`${name}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: ref(`${name}Api`), StageName: '$default', AutoDeploy: true },
    },
    [`${name}Log`]: {
      Type: 'AWS::Logs::LogGroup',
      Properties: {
        LogGroupName: sub(`/souk/\${AWS::StackName}/${service.name}`),
        RetentionInDays: 30,
      },
    },
    [`${name}Role`]: role(name, service.name === 'auth'),
  }
}

/** Where services find each other. */
export function serviceUrls(services: readonly Service[]): Part {
  return addresses(services, (it) => sub(`https://${apiHost(it)}`))
}
