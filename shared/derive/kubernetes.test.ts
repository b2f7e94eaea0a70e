import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Service } from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'
import { services } from '../../functions/catalog.ts'
import { kubernetesBase, kubernetesFiles } from './kubernetes.ts'
import type { Manifest } from './kubernetes-parts.ts'

type Model = { new (data: never): { validate(): void }; apiVersion: string; kind: string }
const models: Model[] = [
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Ingress,
  PodDisruptionBudget,
  ConfigMap,
  Service,
]

const all = Object.values(kubernetesBase(services)).flat()
const find = (kind: string, name: string) => {
  const found = all.find((it) => it.kind === kind && it.metadata.name === name)
  assert.ok(found, `${kind} ${name}`)
  return structuredClone(found) as Manifest & { spec: Record<string, unknown> }
}

/** Holds it against the published schema of its kind. */
function validate(manifest: Manifest): void {
  const { apiVersion, kind } = manifest
  const model = models.find((it) => it.apiVersion === apiVersion && it.kind === kind)
  assert.ok(model, `no schema for ${apiVersion} ${kind}`)
  new model(manifest as never).validate()
}

test('every manifest is what the published schema of its kind takes', () => {
  for (const manifest of all) validate(manifest)
  assert.ok(all.length > 6 * services.length)
})

test('the same check finds what is wrong', () => {
  const deployment = find('Deployment', 'cart')
  delete deployment.spec.selector
  assert.throws(() => validate(deployment), /selector/)
  const scaler = find('HorizontalPodAutoscaler', 'cart')
  scaler.spec.maxReplicas = 'forty'
  assert.throws(() => validate(scaler), /maxReplicas/)
})

test('the files hold the manifests, and the base names every file', () => {
  const files = kubernetesFiles(services)
  const read = (file: string) =>
    parseAllDocuments(files.find((it) => it.file === file)?.text ?? '').map((it) => it.toJS())
  const [kustomization] = read('deploy/k8s/base/kustomization.yaml')
  const written = kustomization.resources.flatMap((it: string) => read(`deploy/k8s/base/${it}`))
  assert.deepEqual(written, all)
})

test('a Service reaches the pods of its Deployment, by the port they listen on', () => {
  for (const { name, port } of services) {
    const template = find('Deployment', name).spec.template as {
      metadata: { labels: unknown }
      spec: { containers: { ports: unknown }[] }
    }
    for (const front of [name, `${name}-each`]) {
      const { spec } = find('Service', front)
      assert.deepEqual(spec.selector, template.metadata.labels)
      assert.deepEqual(spec.ports, [{ name: 'http', port }])
    }
    assert.deepEqual(template.spec.containers[0]?.ports, [{ name: 'http', containerPort: port }])
  }
})

test('the ingress leads to every root and to nothing between services', () => {
  const [rule] = find('Ingress', 'souk').spec.rules as {
    http: { paths: { path: string; backend: { service: { name: string } } }[] }
  }[]
  const led = rule?.http.paths.map((it) => `${it.path} ${it.backend.service.name}`)
  const wanted = services.flatMap(({ name, roots }) => roots.map((root) => `${root} ${name}`))
  assert.deepEqual(led, [...wanted, '/ storefront'])
})
