// The container's HEALTHCHECK: whether the event loop of this service still turns.
const port = process.env.PORT ?? process.env.HEALTH_PORT
try {
  const answer = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(2500) })
  process.exit(answer.ok ? 0 : 1)
} catch {
  process.exit(1)
}
