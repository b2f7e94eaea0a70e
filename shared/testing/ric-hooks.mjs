import { registerHooks } from 'node:module'

const client = new URL('./ric-client.cjs', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './rapid-client.node'
      ? { url: client, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
})
