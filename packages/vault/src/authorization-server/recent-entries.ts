import type { Runtime } from '../ports/runtime.ts'

const MAX_ENTRIES = 10_000

/** What was found out a short while ago, in this process's memory. */
export interface RecentEntries<Value> {
  get(key: string): Value | undefined
  remember(key: string, value: Value): void
}

export interface RecentEntriesOptions {
  readonly runtime: Pick<Runtime, 'now'>
  /** How long an entry lives after it was remembered. */
  readonly lifeSeconds: number
}

/** At most 10,000 entries, of which the oldest go first. */
export function createRecentEntries<Value>({
  runtime,
  lifeSeconds,
}: RecentEntriesOptions): RecentEntries<Value> {
  // In the order of `until`, since every entry lives equally long.
  const entries = new Map<string, { readonly value: Value; readonly until: number }>()

  return {
    get(key) {
      const entry = entries.get(key)
      return entry !== undefined && runtime.now() < entry.until ? entry.value : undefined
    },
    remember(key, value) {
      const now = runtime.now()
      for (const [oldest, { until }] of entries) {
        if (until > now && entries.size < MAX_ENTRIES) break
        entries.delete(oldest)
      }
      entries.delete(key)
      entries.set(key, { value, until: now + lifeSeconds })
    },
  }
}
