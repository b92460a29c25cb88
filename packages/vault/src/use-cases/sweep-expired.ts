/** Removes some of what has expired; resolves to how much it was. */
export type SweepBatch = (query: {
  readonly tenant: string
  readonly now: number
  readonly limit: number
}) => Promise<number>

/** In one statement, so that none holds others up for long. */
const BATCH = 1_000

/** Removes all that has expired, however much came in since the last time: what anybody can cause must not pile up. */
export function sweepExpired({
  tenant,
  sweep,
  runtime,
}: {
  readonly tenant: string
  readonly sweep: SweepBatch
  readonly runtime: { readonly now: () => number }
}): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    while (!signal.aborted) {
      const removed = await sweep({ tenant, now: runtime.now(), limit: BATCH })
      if (removed < BATCH) return
    }
  }
}
