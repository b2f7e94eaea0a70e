/** One way to break the system, and the test that has to notice. */
export type Breakage = {
  id: string
  /** What is broken, for the report. */
  what: string
  edits: Edit[]
  test: string
  only?: string
  /** Run with whole numbers: with a quarter of them, beside other tests, 503 is taken for a busy machine. */
  isFull?: boolean
}

type Edit = { file: string; from: string; to: string }

/** The only edit of a breakage. */
export function one(file: string, from: string, to: string): Edit[] {
  return [{ file, from, to }]
}
