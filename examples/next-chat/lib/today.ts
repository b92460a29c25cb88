/** The date in UTC, as `2026-11-28`: calendars of this example keep UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}
