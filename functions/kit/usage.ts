/** The command was not understood: its message is shown, and the exit code is 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const invokeUsage = `npm run invoke -- METHOD 'PATH?QUERY'      one call by its route; GET when left out
npm run invoke -- SERVICE/FUNCTION         by name, with the contract's own example
npm run invoke -- --event FILE | -         with an event: payload 2.0, 1.0, or a load balancer's
npm run invoke -- --replay REQUEST_ID      a call that the running system has answered

  -H 'Name: value'     a header; any number
  -d TEXT | @FILE | -  the body, from a file or the standard input; JSON unless a header says else
  --form 'NAME=VALUE'  a field of a form, 'NAME=@FILE;type=image/png' a file; any number
  --param NAME=VALUE   with a function's name: a parameter of its path or query; any number
  --as WHO             with a token: customer, staff, superuser, an email, or service
  --env-file FILE      settings; what is set already wins
  --timeout SECONDS    the contract's own when absent
  --repeat N --concurrency M    p50, p95, p99, init, RSS on the standard error
  --json               status, headers, times and body as one JSON object
  --print-event        prints the event, calls nothing
  --curl               prints the same call for curl, calls nothing
  --inspect[-brk]      waits for a debugger [and stops before the function]; the deadline stands still

Standard output is the answer's body alone. Exit code: 0 under 400, 1 from 400, 2 usage,
3 the function failed, 4 out of time.`

/** What `parseArgs` says about what it did not take, without its advice. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split(/[\n.]/, 1)[0] ?? text
}
