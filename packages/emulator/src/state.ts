import { randomId } from './random-id.ts'
import type { Runtime } from './runtime.ts'

/** All tokens that came of one consent. */
export interface TokenFamily {
  readonly id: string
  readonly provider: string
  readonly clientId: string
  /** Id of the {@link EmulatorUser}. */
  readonly user: string
  readonly scopes: readonly string[]
  /** Refresh tokens issued so far. */
  issuedCount: number
  endedAt?: number | undefined
}

/** An access token, opaque. */
export interface StoredAccessToken {
  readonly token: string
  readonly family: string
  readonly scopes: readonly string[]
  readonly issuedAt: number
  readonly expiresAt?: number | undefined
  revokedAt?: number | undefined
}

/** A refresh token, opaque. */
export interface StoredRefreshToken {
  readonly token: string
  readonly family: string
  /** 1 for the first of its family. */
  readonly sequence: number
  readonly issuedAt: number
  firstUsedAt?: number | undefined
  lastUsedAt?: number | undefined
  revokedAt?: number | undefined
}

/** An authorization request that passed its checks. */
export interface AuthorizationRequest {
  readonly provider: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state?: string | undefined
  readonly scopes: readonly string[]
  readonly codeChallenge?: string | undefined
  readonly nonce?: string | undefined
  readonly loginHint?: string | undefined
  readonly accessType?: string | undefined
  readonly prompt?: string | undefined
  /** Whether scopes granted before are granted again. */
  readonly includesGrantedScopes: boolean
}

/** A code that waits to be redeemed, or was. */
export interface StoredCode {
  readonly code: string
  readonly request: AuthorizationRequest
  readonly user: string
  readonly scopes: readonly string[]
  readonly issuedAt: number
  /** The family that its redemption began. */
  family?: string | undefined
}

/** An event of a user's calendar. */
export interface CalendarEvent {
  readonly id: string
  readonly summary: string
  readonly startAt: number
  readonly endAt: number
}

/** A mail that was sent, as its RFC 5322 text. */
export interface SentMail {
  readonly id: string
  readonly to: string
  readonly text: string
}

/** A message of the channel. */
export interface ChannelMessage {
  readonly user: string
  readonly text: string
  readonly ts: string
}

/** Everything that the emulator remembers. Plain data, so that it can be written to a file. */
export interface EmulatorState {
  readonly families: Map<string, TokenFamily>
  readonly accessTokens: Map<string, StoredAccessToken>
  readonly refreshTokens: Map<string, StoredRefreshToken>
  readonly codes: Map<string, StoredCode>
  readonly consents: Map<string, AuthorizationRequest & { readonly askedAt: number }>
  readonly events: Map<string, CalendarEvent[]>
  readonly messages: Map<string, ChannelMessage[]>
  readonly mails: Map<string, SentMail[]>
}

/** Nothing has happened yet. */
export function createState(): EmulatorState {
  return {
    families: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    codes: new Map(),
    consents: new Map(),
    events: new Map(),
    messages: new Map(),
    mails: new Map(),
  }
}

/** Begins a family: the user consented. */
export function beginFamily(
  state: EmulatorState,
  runtime: Runtime,
  facts: Pick<TokenFamily, 'provider' | 'clientId' | 'user' | 'scopes'>,
): TokenFamily {
  const family: TokenFamily = { id: randomId(runtime, 'fam_'), ...facts, issuedCount: 0 }
  state.families.set(family.id, family)
  return family
}

/** Issues an access token. No `lifetimeSeconds`: it does not expire. */
export function issueAccessToken(
  state: EmulatorState,
  runtime: Runtime,
  options: {
    readonly family: TokenFamily
    readonly scopes: readonly string[]
    readonly now: number
    readonly lifetimeSeconds: number | undefined
  },
): StoredAccessToken {
  const { family, scopes, now, lifetimeSeconds } = options
  const token: StoredAccessToken = {
    token: randomId(runtime, `emu-at-${family.provider}-`),
    family: family.id,
    scopes,
    issuedAt: now,
    expiresAt: lifetimeSeconds === undefined ? undefined : now + lifetimeSeconds,
  }
  state.accessTokens.set(token.token, token)
  return token
}

/** Issues the next refresh token of a family. */
export function issueRefreshToken(
  state: EmulatorState,
  runtime: Runtime,
  family: TokenFamily,
  now: number,
): StoredRefreshToken {
  family.issuedCount += 1
  const token: StoredRefreshToken = {
    token: randomId(runtime, `emu-rt-${family.provider}-`),
    family: family.id,
    sequence: family.issuedCount,
    issuedAt: now,
  }
  state.refreshTokens.set(token.token, token)
  return token
}

/** Ends every token of a family, for good. */
export function endFamily(family: TokenFamily, now: number): void {
  family.endedAt ??= now
}

/** The families that have not ended and match. */
export function liveFamilies(
  state: EmulatorState,
  match: Partial<Pick<TokenFamily, 'provider' | 'clientId' | 'user'>>,
): TokenFamily[] {
  return [...state.families.values()].filter(
    (family) =>
      family.endedAt === undefined &&
      (match.provider === undefined || family.provider === match.provider) &&
      (match.clientId === undefined || family.clientId === match.clientId) &&
      (match.user === undefined || family.user === match.user),
  )
}

/** Ends the access tokens of a family, and nothing else of it. */
export function revokeAccessTokensOf(state: EmulatorState, family: TokenFamily, now: number): void {
  for (const token of state.accessTokens.values()) {
    if (token.family === family.id) token.revokedAt ??= now
  }
}

/** Why an access token is not good, or the token and its family. */
export type AccessTokenVerdict =
  | { readonly ok: true; readonly token: StoredAccessToken; readonly family: TokenFamily }
  | { readonly ok: false; readonly reason: 'unknown' | 'expired' | 'revoked' }

/** Looks an access token up, for one provider. */
export function judgeAccessToken(
  state: EmulatorState,
  provider: string,
  value: string,
  now: number,
): AccessTokenVerdict {
  const token = state.accessTokens.get(value)
  const family = token && state.families.get(token.family)
  if (token === undefined || family === undefined || family.provider !== provider) {
    return { ok: false, reason: 'unknown' }
  }
  if (token.revokedAt !== undefined || family.endedAt !== undefined) {
    return { ok: false, reason: 'revoked' }
  }
  if (token.expiresAt !== undefined && now >= token.expiresAt) {
    return { ok: false, reason: 'expired' }
  }
  return { ok: true, token, family }
}

/** What has been over for a day is of no more use, and would grow for ever in a data folder. */
const FORGET_AFTER_SECONDS = 86_400

/** Forgets codes, consent pages and access tokens that ended long ago. */
export function forgetOld(state: EmulatorState, now: number): void {
  const before = now - FORGET_AFTER_SECONDS
  for (const [id, { askedAt }] of state.consents) if (askedAt < before) state.consents.delete(id)
  for (const [id, { issuedAt }] of state.codes) if (issuedAt < before) state.codes.delete(id)
  for (const [id, { expiresAt, revokedAt }] of state.accessTokens) {
    const endedAt = revokedAt ?? expiresAt
    if (endedAt !== undefined && endedAt < before) state.accessTokens.delete(id)
  }
}
