import { parseArgs } from 'node:util'
import { seedMany } from './product/seed.ts'
import { inSystem } from './system.ts'

/** `npm run seed -- --products 100000`: that many more products, for benchmarks. */
export async function seedCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { products: { type: 'string' } } })
  const count = Number(values.products)
  if (!Number.isInteger(count) || count < 1)
    throw new Error('Say how many: npm run seed -- --products 100000')
  await inSystem(['product'], async () => {
    const began = performance.now()
    await seedMany(count, (done) => bar(done, count))
    console.log(`\n${count} products in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  })
}

function bar(done: number, all: number): void {
  const width = 40
  const filled = Math.round((done / all) * width)
  if (process.stdout.isTTY)
    process.stdout.write(`\r${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done} of ${all}`)
}
