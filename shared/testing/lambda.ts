import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A built function on AWS's own Node runtime (npm's aws-lambda-ric). */
export type Lambda = {
  /** What the handler returned; rejects with what the runtime reported instead. */
  invoke(event: unknown, timeoutMs?: number): Promise<unknown>
  /** All that it has printed so far. */
  said(): string
  close(): Promise<void>
}

export type LambdaOptions = {
  /** Folder of the bundle. */
  taskRoot: string
  /** `list-products.handler`. */
  handler: string
  environment: Record<string, string>
  /** Calls at once in its process, as on Lambda Managed Instances; 1 is Lambda's own. */
  concurrency?: number
}

type Pending = { resolve: (result: unknown) => void; reject: (error: Error) => void }
type Order = { id: string; body: string; deadline: number }

/** Plays Lambda's Runtime API for one process: hands out events, takes results. */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const { concurrency = 1 } = options
  const orders: Order[] = []
  const waiting: ServerResponse[] = []
  const pending = new Map<string, Pending>()
  let inFlight = 0
  let broken: Error | undefined

  const handOut = () => {
    // The runtime asks for more than it may have at once; the platform holds back.
    while (inFlight < concurrency && orders.length > 0 && waiting.length > 0) {
      const [order, response] = [orders.shift(), waiting.shift()]
      if (!order || !response) return
      inFlight++
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': order.id,
        'lambda-runtime-deadline-ms': String(order.deadline),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:local:000000000000:function:souk',
        'lambda-runtime-trace-id': `Root=1-5759e988-${order.id.replaceAll('-', '').slice(0, 24)}`,
      })
      response.end(order.body)
    }
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname.endsWith('/invocation/next')) {
      waiting.push(response)
      return handOut()
    }
    void textOf(request).then((text) => {
      response.writeHead(202).end()
      const [, id = '', kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(pathname) ?? []
      const call = pending.get(decodeURIComponent(id))
      if (!call) {
        broken = new Error(`The runtime could not begin: ${text}`)
        for (const it of pending.values()) it.reject(broken)
        return
      }
      pending.delete(decodeURIComponent(id))
      inFlight--
      if (kind === 'response') call.resolve(JSON.parse(text))
      else call.reject(new Error(text))
      handOut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const runtime = run(options, port, concurrency)
  runtime.ended.then((code) => {
    for (const it of pending.values())
      it.reject(new Error(`The runtime ended with ${code}: ${runtime.said()}`))
  })
  return {
    said: runtime.said,
    invoke(event, timeoutMs = 30_000) {
      if (broken) return Promise.reject(broken)
      const id = randomUUID()
      orders.push({ id, body: JSON.stringify(event), deadline: Date.now() + timeoutMs })
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject })
        handOut()
      })
    },
    async close() {
      runtime.child.kill('SIGKILL')
      await runtime.ended
      server.closeAllConnections()
      server.close()
    },
  }
}

function run({ taskRoot, handler, environment }: LambdaOptions, port: number, concurrency: number) {
  const hooks = fileURLToPath(new URL('./ric-hooks.mjs', import.meta.url))
  const runtime = createRequire(import.meta.url).resolve('aws-lambda-ric')
  const child = spawn(process.execPath, ['--import', hooks, runtime], {
    cwd: taskRoot,
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: taskRoot,
      AWS_LAMBDA_FUNCTION_NAME: 'souk',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/souk',
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_LAMBDA_NODEJS_WORKER_COUNT: '1',
      ...(concurrency > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency) } : {}),
      ...environment,
    },
  })
  let said = ''
  const take = (text: Buffer) => {
    said += text
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const ended = once(child, 'close').then(([code]): number | null => code)
  return { child, ended, said: () => said }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  return text
}
