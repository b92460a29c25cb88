/** Seconds since the epoch as Auth0's APIs write a time, in ISO 8601. */
export function isoTime(at: number): string {
  return new Date(at * 1000).toISOString()
}
