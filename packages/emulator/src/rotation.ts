import type { RefreshTokenLife, RefreshTokenRotation } from '@valetkey/providers'

/** What the provider remembers of a refresh token. Times are seconds since the epoch. */
export interface RefreshTokenHistory {
  readonly issuedAt: number
  readonly firstUsedAt?: number | undefined
  readonly lastUsedAt?: number | undefined
  /** How many tokens of its family were issued after it. */
  readonly behind: number
}

/** Whether a refresh token is taken, what the response brings, and what else ends. */
export type RotationVerdict =
  | { readonly accepted: true; readonly next: 'new' | 'same' | 'none' }
  | { readonly accepted: false; readonly familyEnds: boolean }

/** What happens when a live refresh token is presented. */
export function judgeRotation(
  mode: RefreshTokenRotation,
  token: RefreshTokenHistory,
  now: number,
): RotationVerdict {
  const unused = token.firstUsedAt === undefined
  switch (mode.rotation) {
    case 'stable':
      return { accepted: true, next: 'none' }
    case 'same_token':
      return { accepted: true, next: 'same' }
    case 'overlapping':
      return { accepted: true, next: 'new' }
    case 'strict':
      return unused ? { accepted: true, next: 'new' } : { accepted: false, familyEnds: true }
    case 'single_use':
      return unused ? { accepted: true, next: 'new' } : { accepted: false, familyEnds: false }
    case 'grace':
      return token.firstUsedAt === undefined || now < token.firstUsedAt + mode.graceSeconds
        ? { accepted: true, next: 'new' }
        : { accepted: false, familyEnds: true }
    case 'last_two':
      return token.behind <= 1
        ? { accepted: true, next: 'new' }
        : { accepted: false, familyEnds: true }
  }
}

/** Whether a refresh token has outlived its absolute or its idle life. */
export function hasRefreshTokenExpired(
  life: Pick<RefreshTokenLife, 'absoluteLifetimeSeconds' | 'idleLifetimeSeconds'>,
  token: RefreshTokenHistory,
  now: number,
): boolean {
  const lastSignOfLife = token.lastUsedAt ?? token.issuedAt
  return (
    (life.absoluteLifetimeSeconds !== undefined &&
      now >= token.issuedAt + life.absoluteLifetimeSeconds) ||
    (life.idleLifetimeSeconds !== undefined && now >= lastSignOfLife + life.idleLifetimeSeconds)
  )
}
