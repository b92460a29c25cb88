/** What decides when a key is used: its place among the keys of its algorithm, and when it was made. */
export interface ScheduledKey {
  readonly position: number
  readonly createdAt: number
}

/** A key is made anew this often. */
export const ROTATE_AFTER_SECONDS = 7_776_000
/** Published so long before it signs: whoever keeps the key set for ten minutes has it by then (RFC 7517 section 5). */
export const PUBLISHED_BEFORE_USE_SECONDS = 900
/** Published so long after it signed last: longer than any token of the vault lives. */
const KEPT_SECONDS = 172_800

export interface KeySchedule<Key> {
  /** Signs now. */
  readonly current: Key
  /** What is published and verified with: the current one first. */
  readonly live: readonly Key[]
  /** No token of theirs can still be good. */
  readonly retired: readonly Key[]
  /** Whether it is time to make the next one. */
  readonly isDue: boolean
}

/** What each key of one algorithm is good for now. `keys` are in the order in which they were made, and are not empty. */
export function scheduleKeys<Key extends ScheduledKey>(
  keys: readonly [Key, ...Key[]],
  now: number,
): KeySchedule<Key> {
  const [first] = keys
  // The very first one has nobody to take over from.
  const usable = keys.filter(
    (key) => key === first || key.createdAt + PUBLISHED_BEFORE_USE_SECONDS <= now,
  )
  const current = usable.at(-1) ?? first
  const retired = keys.filter((key) => {
    const next = usable.find(({ position }) => position > key.position)
    return next !== undefined && next.createdAt + PUBLISHED_BEFORE_USE_SECONDS + KEPT_SECONDS <= now
  })
  const live = keys.filter((key) => key !== current && !retired.includes(key))
  const newest = keys.at(-1) ?? first
  return {
    current,
    live: [current, ...live],
    retired,
    isDue: newest.createdAt + ROTATE_AFTER_SECONDS <= now,
  }
}
