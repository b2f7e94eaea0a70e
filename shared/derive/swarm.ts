import type { Service } from '../http/service.ts'
import { addresses } from './addresses.ts'
import { database, healthcheck, house, MESH } from './swarm-house.ts'
import { consulSecrets, secretsScript, serviceSecrets } from './swarm-secrets.ts'
import { yaml } from './yaml.ts'

type Part = Record<string, unknown>

/**
 * The shop as a stack for Docker Swarm, in the older schema that `docker stack` takes: no conditions
 * in depends_on, no profiles, no mem_limit. Every name resolves to its tasks (dnsrr), as a virtual
 * address would cut idle connections to PostgreSQL after 15 minutes and need IPVS.
 */
export function swarmStack(services: readonly Service[]): Part {
  const names = services.map((it) => it.name)
  const secrets = Object.fromEntries(
    [...serviceSecrets(names), ...consulSecrets(names)].map((name) => [
      name,
      { external: true, name: `souk_${name}_\${SECRETS_VERSION:-1}` },
    ]),
  )
  const config = (name: string, file: string): [string, Part] => [
    name,
    { file: `../../${file}`, name: `souk_${name}_\${CONFIG_VERSION:-1}` },
  ]
  return {
    version: '3.8',
    services: {
      ...Object.fromEntries(services.map((it) => [it.name, running(it, services)])),
      ...Object.fromEntries(
        services.map((it) => [`${it.name}-migration`, migration(it, services)]),
      ),
      ...Object.fromEntries(names.map((it) => [`${it}-db`, database(it)])),
      ...house(services),
    },
    networks: {
      edge: { driver: 'overlay' },
      // Fixed, so that Consul finds its address among those of other networks.
      mesh: { driver: 'overlay', internal: true, ipam: { config: [{ subnet: MESH }] } },
      cache: { driver: 'overlay', internal: true },
      ...Object.fromEntries(
        names.map((it) => [`${it}-data`, { driver: 'overlay', internal: true }]),
      ),
    },
    volumes: Object.fromEntries([...names.map((it) => `${it}-db`), 'consul'].map((it) => [it, {}])),
    secrets,
    configs: Object.fromEntries([
      config('consul_server', 'discovery/consul/server.json'),
      config('traefik', 'gateway/traefik.yml'),
      config('traefik_api', 'gateway/dynamic/api.yml'),
      config('traefik_storefront', 'gateway/dynamic/storefront.yml'),
    ]),
  }
}

/** `deploy/swarm/*`. */
export function swarmFiles(services: readonly Service[]): { file: string; text: string }[] {
  const names = services.map((it) => it.name)
  return [
    { file: 'deploy/swarm/stack.yml', text: yaml(swarmStack(services)) },
    { file: 'deploy/swarm/secrets.sh', text: secretsScript(names) },
  ]
}

/** What the service and its migration share. */
function common({ name }: Service, services: readonly Service[]): Part {
  const isAuth = name === 'auth'
  return {
    image: `\${REGISTRY:-}souk-${name}:\${TAG:-latest}`,
    user: '1000:1000',
    init: true,
    // Not read-only: its logs are in a folder of its own, which memory's cannot be here.
    cap_drop: ['ALL'],
    env_file: ['../../envs/api.env', '../../envs/db.env'],
    environment: {
      // A value in envs/ is for compose; here secrets come as files.
      SECRET_KEY: '',
      SECRET_KEY_FILE: '/run/secrets/secret_key',
      POSTGRES_HOST: `${name}-db`,
      POSTGRES_PASSWORD: '',
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password',
      REDIS_URL: '',
      REDIS_URL_FILE: '/run/secrets/redis_url',
      CONSUL_HTTP_ADDR: 'consul:8500',
      CONSUL_HTTP_TOKEN: '',
      CONSUL_HTTP_TOKEN_FILE: '/run/secrets/consul_token',
      DISCOVERY: 'consul',
      // By name, for who has not heard of Consul yet when it goes away.
      ...addresses(services, ({ name, port }) => `http://${name}:${port}`),
      TRUSTED_PROXIES: 'private',
      ...(isAuth ? {} : { SU_NAME: '', SU_EMAIL: '', SU_PASSWORD: '' }),
    },
    secrets: [
      { source: 'secret_key', target: 'secret_key' },
      { source: `${name}_db_password`, target: 'postgres_password' },
      { source: `${name}_redis_url`, target: 'redis_url' },
      { source: `consul_${name}`, target: 'consul_token' },
    ],
  }
}

function running(service: Service, services: readonly Service[]): Part {
  return {
    ...common(service, services),
    networks: ['mesh', 'cache', `${service.name}-data`],
    // 5 s until everybody knows that it leaves, 10 s for calls in flight, and time for the rest.
    stop_grace_period: '45s',
    healthcheck,
    deploy: {
      replicas: 2,
      endpoint_mode: 'dnsrr',
      update_config: {
        order: 'start-first',
        parallelism: 1,
        delay: '5s',
        monitor: '20s',
        failure_action: 'rollback',
      },
      rollback_config: { order: 'start-first', parallelism: 1 },
      restart_policy: { condition: 'any', delay: '2s' },
      placement: { preferences: [{ spread: 'node.id' }] },
      resources: { limits: { cpus: '2', memory: '192M' } },
    },
  }
}

/** Done anew with each deploy, which does no harm: migrations know what has been done. */
function migration(service: Service, services: readonly Service[]): Part {
  return {
    ...common(service, services),
    command: ['node', 'migrate.mjs'],
    networks: [`${service.name}-data`, 'mesh', 'cache'],
    deploy: {
      mode: 'replicated-job',
      replicas: 1,
      endpoint_mode: 'dnsrr',
      restart_policy: { condition: 'on-failure', delay: '3s', max_attempts: 40 },
      resources: { limits: { memory: '192M' } },
    },
  }
}
