import { fileURLToPath } from 'node:url'
import { runSupervisor } from '../supervise.ts'

/** A supervisor as a process of its own, for tests; `WORKERS`, `HANG_MS`, and what the host takes. */
const supervisor = runSupervisor(
  [
    {
      name: 'lab',
      module: fileURLToPath(new URL('./process.ts', import.meta.url)),
      workers: Number(process.env.WORKERS ?? 1),
    },
  ],
  { hangMs: Number(process.env.HANG_MS ?? 10_000) },
)
await supervisor.ready
process.stdout.write('all ready\n')
process.on('SIGUSR2', () => {
  void supervisor.reload().then(() => process.stdout.write('reloaded\n'))
})
