import type { Service } from '../http/service.ts'
import { consulSecrets } from './swarm-secrets.ts'

type Part = Record<string, unknown>

export const MESH = '10.91.0.0/20'

/**
 * Folders in memory, which get the owner and mode of those in the image, or root's. As volumes:
 * `docker stack` passes over the key `tmpfs`, and over a mode, without a word.
 */
function inMemory(...targets: string[]): Part[] {
  return targets.map((target) => ({
    type: 'tmpfs',
    target,
    tmpfs: { size: 67_108_864 },
  }))
}

const contained: Part = { read_only: true, cap_drop: ['ALL'] }

/** The image's own, sooner: a task counts as running, and an update goes on, after the first that passes. */
export const healthcheck = { interval: '3s' }
const always = { condition: 'any', delay: '2s' }

/** One of a kind, stopped before its successor starts: it owns a volume, or all know it by name. */
function single(memory: string, constraint?: string): Part {
  return {
    replicas: 1,
    endpoint_mode: 'dnsrr',
    update_config: { order: 'stop-first' },
    restart_policy: always,
    ...(constraint ? { placement: { constraints: [constraint] } } : {}),
    resources: { limits: { memory } },
  }
}

/** Stays on the node with its label, where its volume is. */
export function database(name: string): Part {
  return {
    // Not read-only: its socket's folder must be its own, which memory's cannot be here.
    cap_drop: ['ALL'],
    image: 'postgres:17',
    user: '999:999',
    env_file: ['../../envs/db.env'],
    environment: {
      POSTGRES_PASSWORD: '',
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password',
      DB_CONNECTION_STRING: '',
    },
    command: ['postgres', '-cshared_buffers=256MB', '-cmax_connections=200'],
    secrets: [{ source: `${name}_db_password`, target: 'postgres_password' }],
    stop_signal: 'SIGINT',
    stop_grace_period: '30s',
    healthcheck: {
      test: ['CMD-SHELL', 'pg_isready -q -h 127.0.0.1 -U "$$POSTGRES_USER" -d "$$POSTGRES_DB"'],
      interval: '3s',
      timeout: '3s',
      retries: 20,
    },
    networks: [`${name}-data`],
    volumes: [`${name}-db:/var/lib/postgresql/data`],
    deploy: single('1G', `node.labels.souk.${name}-db == true`),
  }
}

/** What stands beside the services: gateway, storefront, Consul and its tokens, Redis. */
export function house(services: readonly Service[]): Record<string, Part> {
  const names = services.map((it) => it.name)
  return {
    gateway: gateway(services),
    storefront: {
      cap_drop: ['ALL'],
      image: `\${REGISTRY:-}souk-storefront:\${TAG:-latest}`,
      user: '1000:1000',
      init: true,
      environment: {
        CONSUL_HTTP_ADDR: 'consul:8500',
        CONSUL_HTTP_TOKEN_FILE: '/run/secrets/consul_token',
      },
      secrets: [{ source: 'consul_storefront', target: 'consul_token' }],
      networks: ['mesh'],
      stop_grace_period: '20s',
      healthcheck,
      deploy: {
        replicas: 2,
        endpoint_mode: 'dnsrr',
        update_config: { order: 'start-first', parallelism: 1, failure_action: 'rollback' },
        restart_policy: always,
        resources: { limits: { cpus: '2', memory: '128M' } },
      },
    },
    consul: {
      ...contained,
      image: 'hashicorp/consul:2.0',
      command: [
        'agent',
        '-config-dir=/etc/souk',
        '-config-file=/run/secrets/agent.json',
        `-bind={{ GetAllInterfaces | include "network" "${MESH}" | attr "address" }}`,
      ],
      cap_add: ['CHOWN', 'SETGID', 'SETUID'],
      configs: [{ source: 'consul_server', target: '/etc/souk/server.json' }],
      secrets: [{ source: 'consul_agent_json', target: 'agent.json' }],
      networks: ['mesh'],
      volumes: ['consul:/consul/data', ...inMemory('/tmp', '/consul/config')],
      stop_grace_period: '20s',
      deploy: single('256M', 'node.labels.souk.consul == true'),
    },
    'consul-tokens': {
      ...contained,
      image: `\${REGISTRY:-}souk-setup:\${TAG:-latest}`,
      user: '1000:1000',
      command: ['node', 'setup.mjs', 'tokens'],
      environment: { SECRETS_DIR: '/run/secrets', CONSUL_HTTP_ADDR: 'consul:8500' },
      secrets: consulSecrets(names)
        .filter((it) => it !== 'consul_agent_json')
        .map((source) => ({ source, target: `/run/secrets/consul/${source.slice(7)}` })),
      networks: ['mesh'],
      deploy: {
        mode: 'replicated-job',
        replicas: 1,
        endpoint_mode: 'dnsrr',
        restart_policy: { condition: 'on-failure', delay: '5s', max_attempts: 40 },
      },
    },
    redis: {
      ...contained,
      image: 'redis:8',
      user: '999:999',
      command: [
        'redis-server',
        ...['--aclfile', '/run/secrets/users.acl', '--maxmemory', '256mb'],
        ...['--maxmemory-policy', 'allkeys-lru', '--save', '', '--appendonly', 'no'],
      ],
      secrets: [{ source: 'redis_users', target: 'users.acl' }],
      volumes: inMemory('/tmp', '/data'),
      networks: ['cache'],
      deploy: single('320M'),
    },
  }
}

/** On every node with the label: put a load balancer or several DNS records before them. */
function gateway(services: readonly Service[]): Part {
  const ports = [80, ...services.map((it) => it.port)]
  return {
    ...contained,
    image: 'traefik:v3.7',
    user: '1000:1000',
    command: ['--configFile=/etc/traefik/traefik.yml'],
    environment: { CONSUL_HTTP_TOKEN_FILE: '/run/secrets/consul_token' },
    sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    ports: ports.map((port) => ({ target: port, published: port, protocol: 'tcp', mode: 'host' })),
    configs: [
      { source: 'traefik', target: '/etc/traefik/traefik.yml' },
      { source: 'traefik_api', target: '/etc/traefik/dynamic/api.yml' },
      { source: 'traefik_storefront', target: '/etc/traefik/dynamic/storefront.yml' },
    ],
    secrets: [{ source: 'consul_gateway', target: 'consul_token' }],
    networks: ['edge', 'mesh'],
    healthcheck: {
      test: ['CMD', 'traefik', 'healthcheck', '--configFile=/etc/traefik/traefik.yml'],
      interval: '5s',
      timeout: '3s',
      retries: 6,
    },
    stop_grace_period: '25s',
    deploy: {
      mode: 'global',
      endpoint_mode: 'dnsrr',
      placement: { constraints: ['node.labels.souk.edge == true'] },
      // A port of the host can be held by one at a time.
      update_config: { order: 'stop-first', parallelism: 1, delay: '10s' },
      restart_policy: always,
      resources: { limits: { memory: '192M' } },
    },
  }
}
