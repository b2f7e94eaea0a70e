import { parseArgs } from 'node:util'
import { exampleCall } from '../shared/derive/example.ts'
import { prepare } from '../shared/runtime/invoke.ts'
import { hollowServices, loadEndpoint, type Place, readPlaces } from './kit/places.ts'
import { placeNamed, requestOf } from './kit/request.ts'
import { spoil } from './kit/spoil.ts'
import { firstLine, UsageError, usages } from './kit/usage.ts'

/** Exit code: 0, or 2 for what was not understood. */
export async function eventCommand(args: string[]): Promise<number> {
  try {
    const { name, bad } = optionsOf(args)
    const places = await readPlaces()
    const place = placeNamed(places, name)
    const { contract } = await loadEndpoint(place)
    const example = exampleCall(contract)
    const call = bad === undefined ? example : spoil(contract, example, bad)
    const { event } = prepare(only(hollowServices(places), place), requestOf(place, call))
    console.log(JSON.stringify(event, null, 2))
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`\n  ${error.message}\n\n${usages.event}\n`)
    return 2
  }
}

function optionsOf(args: string[]): { name: string; bad: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { bad: { type: 'string' } },
    })
    if (positionals.length !== 1) throw new UsageError('Which function?')
    return { name: positionals[0] ?? '', bad: values.bad }
  } catch (error) {
    throw new UsageError(firstLine(error))
  }
}

/** Internal paths are the same in several services. */
function only(services: ReturnType<typeof hollowServices>, { service }: Place) {
  return services.filter((it) => it.name === service)
}
