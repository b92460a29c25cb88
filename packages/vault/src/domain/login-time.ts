/**
 * When a login took place, in epoch seconds: when the provider says (`auth_time`, OpenID Connect Core
 * section 2), and never later than now. A time to come would keep a session fresh until then.
 */
export function loginTime(authTime: number | undefined, now: number): number {
  return Math.min(authTime ?? now, now)
}
