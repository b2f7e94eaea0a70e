import { fileURLToPath } from 'node:url'
import { runSupervisor } from '../../shared/runtime/supervise.ts'

/**
 * Services as `npm start` keeps them, of their sources: `node supervisor.ts auth=8001 product=8002`,
 * two processes each. Says `ready` to its parent, and `reloaded` after each message from it.
 */
const supervisor = runSupervisor(
  process.argv.slice(2).map((it) => {
    const [name = '', port = ''] = it.split('=')
    const module = fileURLToPath(new URL('./serve.ts', import.meta.url))
    return { name, module, args: [name], env: { PORT: port }, workers: 2 }
  }),
)
process.on('disconnect', () => void supervisor.stop().then(() => process.exit(0)))
process.on('message', () => void supervisor.reload().then(() => process.send?.('reloaded')))
await supervisor.ready
process.send?.('ready')
