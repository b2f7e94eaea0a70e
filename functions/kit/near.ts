/** The names most like this one, best first; only those worth offering. */
export function nearest(name: string, names: readonly string[], most = 3): string[] {
  const wanted = name.toLowerCase()
  return names
    .map((it) => ({ name: it, far: distance(wanted, it.toLowerCase()) }))
    .filter(({ name: it, far }) => far <= Math.max(3, it.length / 2) || it.includes(wanted))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map((it) => it.name)
}

/** Levenshtein's: letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(
        Math.min(
          (row[j] ?? 0) + (letter === other ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}
