import { repairRating, wrongRatings } from './queries/ratings.ts'

/**
 * Counts all reviews and holds the aggregates against it. Unless `repair` is false, the wrong ones
 * are put right, and the product service is told. Returns the products that were wrong.
 */
export async function recount({ repair = true } = {}): Promise<number[]> {
  const wrong = await wrongRatings()
  if (repair) for (const productId of wrong) await repairRating(productId)
  return wrong
}
