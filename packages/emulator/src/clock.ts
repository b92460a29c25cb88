/** A clock that can be moved forward. */
export interface VirtualClock {
  /** Seconds since the epoch. */
  readonly now: () => number
  /**
   * Moves it forward; it never goes back.
   *
   * @throws {TypeError} when `seconds` is not a number of at least zero
   */
  readonly advance: (seconds: number) => void
}

/**
 * A clock that runs with `now` and can be moved ahead of it. Give `createVirtualClock(() => 1_800_000_000)`
 * to the emulator and to what is under test, and both stand still until you advance it.
 */
export function createVirtualClock(now: () => number): VirtualClock {
  let ahead = 0
  return {
    now: () => now() + ahead,
    advance: (seconds) => {
      if (!Number.isFinite(seconds) || seconds < 0) {
        throw new TypeError(
          `"seconds" must be a number of at least 0, not ${JSON.stringify(seconds)}`,
        )
      }
      ahead += seconds
    },
  }
}
