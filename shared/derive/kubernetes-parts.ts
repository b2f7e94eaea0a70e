export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
} & Record<string, unknown>

type Part = Record<string, unknown>

export function labels(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name }
}

/** A pod of one container, which may write to nothing but /tmp and its logs. */
export function pod(name: string, container: Part, once = false): Part {
  const volumes = ['tmp', 'logs'].map((it) => ({ name: it, emptyDir: { sizeLimit: '64Mi' } }))
  return {
    metadata: { labels: labels(name) },
    spec: {
      ...(once ? { restartPolicy: 'OnFailure' } : { terminationGracePeriodSeconds: 45 }),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(once ? {} : { topologySpreadConstraints: [spread(name)] }),
      containers: [
        {
          ...container,
          resources: {
            requests: { cpu: '250m', memory: '160Mi' },
            limits: { memory: '256Mi' },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            { name: 'logs', mountPath: '/app/logs' },
          ],
        },
      ],
      volumes,
    },
  }
}

function spread(name: string): Part {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels(name) },
  }
}

/** Port, probes, and time for everybody to learn that the pod leaves before it stops listening. */
export function probes(ready: string, port: number): Part {
  const get = (path: string) => ({ httpGet: { path, port: 'http' }, timeoutSeconds: 3 })
  const alive = ready === '/readyz' ? '/livez' : ready
  return {
    ports: [{ name: 'http', containerPort: port }],
    startupProbe: { ...get(alive), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...get(ready), periodSeconds: 3, failureThreshold: 2 },
    livenessProbe: { ...get(alive), periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { exec: { command: ['sleep', '7'] } } },
  }
}

/** More pods by load: one process is one core, so two thirds of what it may ask for. */
export function scaling(name: string, { min, max }: { min: number; max: number }): Manifest[] {
  const target = { type: 'Utilization', averageUtilization: 65 }
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, labels: labels(name) },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: min,
        maxReplicas: max,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    },
  ]
}

/** Nodes may be emptied, one pod of each kind at a time. */
export function gentle(name: string): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels: labels(name) },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels(name) } },
  }
}
