import type { Service } from '../http/service.ts'
import { addresses } from './addresses.ts'
import { gentle, labels, type Manifest, pod, probes, scaling } from './kubernetes-parts.ts'
import { yaml } from './yaml.ts'

type File = { file: string; text: string }

/**
 * `deploy/k8s`: a kustomize base with a file per service, and an overlay to start from. Services
 * find each other by headless Services (DISCOVERY=dns); there is no Consul.
 */
export function kubernetesFiles(services: readonly Service[]): File[] {
  const base = kubernetesBase(services)
  const files = Object.entries(base).map(([name, manifests]) => ({
    file: `deploy/k8s/base/${name}.yaml`,
    text: yaml(...manifests),
  }))
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    labels: [{ pairs: { 'app.kubernetes.io/part-of': 'souk' } }],
    resources: Object.keys(base).map((it) => `${it}.yaml`),
  }
  return [
    ...files,
    { file: 'deploy/k8s/base/kustomization.yaml', text: yaml(kustomization) },
    { file: 'deploy/k8s/overlays/example/kustomization.yaml', text: yaml(overlay(services)) },
  ]
}

/** Every manifest by the name of its file. */
export function kubernetesBase(services: readonly Service[]): Record<string, Manifest[]> {
  return {
    shared: [settings(services), ingress(services)],
    ...Object.fromEntries(services.map((it) => [it.name, serviceManifests(it)])),
    storefront: storefront(),
  }
}

function settings(services: readonly Service[]): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'souk-settings' },
    data: {
      DISCOVERY: 'dns',
      ALLOWED_HOSTS: 'shop.example.com',
      LOGGING_LVL: 'INFO',
      TRUSTED_PROXIES: 'private',
      ...addresses(services, ({ name, port }) => `http://${name}-each:${port}`),
    },
  }
}

/** Each root, whole segments, to its service; all else to the storefront. Nothing leads to /internal/. */
function ingress(services: readonly Service[]): Manifest {
  const path = (at: string, name: string, port: number) => ({
    path: at,
    pathType: 'Prefix',
    backend: { service: { name, port: { number: port } } },
  })
  const paths = services.flatMap(({ roots, name, port }) =>
    roots.map((root) => path(root, name, port)),
  )
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'souk' },
    spec: {
      ingressClassName: 'traefik',
      rules: [
        { host: 'shop.example.com', http: { paths: [...paths, path('/', 'storefront', 8000)] } },
      ],
    },
  }
}

function serviceManifests({ name, port }: Service): Manifest[] {
  const envFrom = [
    { configMapRef: { name: 'souk-settings' } },
    // SECRET_KEY, REDIS_URL, and this service's DB_CONNECTION_STRING.
    { secretRef: { name: `souk-${name}` } },
  ]
  const container = { name, image: `souk-${name}`, envFrom }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels: labels(name) },
      spec: {
        selector: { matchLabels: labels(name) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: pod(name, { ...container, ...probes('/readyz', port) }),
      },
    },
    front(name, port),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${name}-each`, labels: labels(name) },
      spec: { clusterIP: 'None', selector: labels(name), ports: [{ name: 'http', port }] },
    },
    ...scaling(name, { min: 2, max: 40 }),
    gentle(name),
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: `${name}-migration`, labels: labels(`${name}-migration`) },
      spec: {
        backoffLimit: 20,
        ttlSecondsAfterFinished: 600,
        template: pod(
          `${name}-migration`,
          { ...container, command: ['node', 'migrate.mjs'] },
          true,
        ),
      },
    },
  ]
}

function storefront(): Manifest[] {
  const name = 'storefront'
  const container = {
    name,
    image: 'souk-storefront',
    envFrom: [{ configMapRef: { name: 'souk-settings' } }],
    ...probes('/robots.txt', 8000),
  }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels: labels(name) },
      spec: { selector: { matchLabels: labels(name) }, template: pod(name, container) },
    },
    front(name, 8000),
    ...scaling(name, { min: 2, max: 10 }),
    gentle(name),
  ]
}

function front(name: string, port: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: labels(name) },
    spec: { selector: labels(name), ports: [{ name: 'http', port }] },
  }
}

/** To be copied: images of a registry, the host's name. */
function overlay(services: readonly Service[]): unknown {
  const images = [...services.map((it) => it.name), 'storefront'].map((name) => ({
    name: `souk-${name}`,
    newName: `registry.example.com/souk-${name}`,
    newTag: 'latest',
  }))
  const patch = (kind: string, name: string, path: string, value: string) => ({
    target: { kind, name },
    patch: JSON.stringify([{ op: 'replace', path, value }]),
  })
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'souk',
    resources: ['../../base'],
    images,
    patches: [
      patch('ConfigMap', 'souk-settings', '/data/ALLOWED_HOSTS', 'shop.example.com'),
      patch('Ingress', 'souk', '/spec/rules/0/host', 'shop.example.com'),
    ],
  }
}
