/** Runs every subject once a round, in turn, so that a noisy moment hits all of them. */
export async function interleave<Figure>(
  rounds: number,
  subjects: Readonly<Record<string, () => Figure | Promise<Figure>>>,
): Promise<Readonly<Record<string, readonly Figure[]>>> {
  const figures: Record<string, Figure[]> = {}
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(subjects)) {
      const list = (figures[name] ??= [])
      list.push(await measure())
    }
  }
  return figures
}
