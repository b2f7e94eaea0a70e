import type { Service } from '../http/service.ts'
import { samText } from './aws.ts'
import { dashboard } from './dashboard.ts'
import { kubernetesFiles } from './kubernetes.ts'
import { endpointTable } from './readme.ts'
import { swarmFiles } from './swarm.ts'

/** One committed file that is made from the catalog; `file` is relative to the project's root. */
export type Derived = { file: string; text: string }

/** Every such file as it should be now. */
export function deriveAll(services: readonly Service[]): Derived[] {
  return [
    { file: 'functions/README.md', text: endpointTable(services) },
    { file: 'deploy/aws/template.yaml', text: samText(services) },
    { file: 'deploy/monitoring/dashboard.json', text: dashboard() },
    ...swarmFiles(services),
    ...kubernetesFiles(services),
  ]
}
