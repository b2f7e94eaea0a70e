/** What `work` resolves to; rejects with what `late` makes when that takes longer. It goes on all the same. */
export function within<T>(
  ms: number,
  work: Promise<T>,
  late = () => new Error('took too long'),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.max(0, ms))
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
