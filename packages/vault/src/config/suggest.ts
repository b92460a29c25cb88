/** The known word nearest to a mistyped one, or `undefined` when none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  const part = known.find((name) => wanted.length > 3 && name.toLowerCase().includes(wanted))
  if (part !== undefined) return part
  const limit = Math.max(2, Math.floor(word.length / 3))
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase(), limit)
    if (distance <= limit && (best === undefined || distance < best.distance)) {
      best = { name, distance }
    }
  }
  return best?.name
}

/** Levenshtein's, given up as `limit + 1` when the lengths alone differ by more. */
function editDistance(first: string, second: string, limit: number): number {
  if (Math.abs(first.length - second.length) > limit) return limit + 1
  let previous = Array.from({ length: second.length + 1 }, (_, index) => index)
  for (let row = 1; row <= first.length; row++) {
    const current = [row]
    for (let column = 1; column <= second.length; column++) {
      const substitution = first[row - 1] === second[column - 1] ? 0 : 1
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + substitution,
        ),
      )
    }
    previous = current
  }
  return previous[second.length] ?? limit + 1
}
