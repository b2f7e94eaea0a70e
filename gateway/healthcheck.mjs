// The container's HEALTHCHECK: whether the event loop of what runs here still turns.
const { PORT, HEALTH_PORT, HEALTH_PATH = '/livez' } = process.env
const url = `http://127.0.0.1:${PORT || HEALTH_PORT}${HEALTH_PATH}`
const alive = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
  (answer) => answer.ok,
  () => false,
)
process.exit(alive ? 0 : 1)
