/** The middle of several rounds, with the spread beside it: one round alone says nothing on a shared machine. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new TypeError('"values" must not be empty')
  const sorted = values.toSorted((first, second) => first - second)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? Number.NaN)
  return {
    median: (upper + lower) / 2,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  }
}

/** Each subject as a ratio to the reference of its own round: noise that hits both cancels. */
export function ratios(
  subject: readonly number[],
  reference: readonly number[],
): readonly number[] {
  return subject.map((value, round) => value / (reference[round] ?? Number.NaN))
}
