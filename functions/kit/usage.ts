/** The command was not understood: its message is shown, and the exit code is 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** What `--help` says, by command; those of `keys` and `user` are with them, in `auth`. */
export const usages = {
  start: `npm start -- [--port 8000] [--services-from 8001]

Runs the shop on this machine: PostgreSQL, the services, the gateway with the storefront; PORT moves the
gateway as well.`,
  dev: `npm run dev [-- SERVICE --inspect[=PORT]] [--port 8000] [--services-from 8001]

Runs the shop; a saved file replaces the services that use it, the storefront's change in the browser.`,
  invoke: `npm run invoke -- METHOD 'PATH?QUERY'      one call by its route; GET when left out
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
3 the function failed, 4 out of time.`,
  event: `npm run event -- SERVICE/FUNCTION [--bad FIELD]

Prints the event that API Gateway would send for an example call of this function, made from its
contract; with --bad, one whose FIELD (of body, query or path) the contract refuses.
npm run -s event -- product/create-product | npm run invoke -- --event - --as staff`,
  record: `npm run record -- [NAME] [--last N]

Turns the calls that the running system keeps (npm run dev) into fixtures and a test: each is made
again, in order, on a fresh shop, and what that answers is what the test holds.`,
  new: `npm run new -- endpoint SERVICE NAME METHOD PATH    product archive-product POST /products/{id}/archive/
npm run new -- service NAME                         wishlist
npm run new -- migration SERVICE NAME               product add-archive

Makes files that work, with a test that fails until the work is written.`,
  seed: `npm run seed -- --products 100000

Makes that many more products.`,
  recount: `npm run recount

Counts all ratings again and mends those that are wrong.`,
  derive: `npm run derive

Writes the committed documents that come from the catalog and from the lock of the packages.`,
  sbom: `npm run -s sbom > sbom.json

Prints what is shipped, with versions, digests and licences, as CycloneDX.`,
}

/** What `parseArgs` says about what it did not take, without its advice. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split(/[\n.]/, 1)[0] ?? text
}
