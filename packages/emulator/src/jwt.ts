import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { providerOf, userOf, type Emulation } from './emulation.ts'
import { coveredScopes } from './scope-coverage.ts'
import type { SigningAlgorithm } from './signing-keys.ts'
import { accountOf, IDENTITY_PROVIDER_ID } from './users.ts'

/** How a login token differs from the usual one. */
export interface LoginTokenOptions {
  /** `aud`. Default: the emulator's `loginToken.audience`. */
  readonly audience?: string | readonly string[] | undefined
  /** Default: the emulator's `loginToken.lifetimeSeconds`, 3600. Negative: already expired. */
  readonly lifetimeSeconds?: number | undefined
  /** `iat`, seconds since the epoch. Default: now. */
  readonly issuedAt?: number | undefined
  /** Default: `ES256`. */
  readonly algorithm?: SigningAlgorithm | undefined
  /** `typ` of the header. Default: `JWT`. */
  readonly type?: string | undefined
  /** Added to the claims, or put in their place; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A token of the emulator's login system for a user, signed.
 *
 * @throws {TypeError} when there is no such user
 */
export async function issueLoginToken(
  emulation: Emulation,
  userId: string,
  options: LoginTokenOptions = {},
): Promise<string> {
  const account = accountOf(IDENTITY_PROVIDER_ID, userOf(emulation, userId))
  const issuedAt = options.issuedAt ?? emulation.runtime.now()
  const claims = {
    iss: issuerOf(emulation, IDENTITY_PROVIDER_ID),
    sub: account.subject,
    aud: options.audience ?? emulation.loginToken.audience,
    iat: issuedAt,
    exp: issuedAt + (options.lifetimeSeconds ?? emulation.loginToken.lifetimeSeconds),
    name: account.name,
    email: account.email,
    email_verified: true,
    ...options.claims,
  }
  return sign(emulation, IDENTITY_PROVIDER_ID, claims, options.algorithm ?? 'ES256', options.type)
}

/** An ID token, OpenID Connect Core section 2, with `at_hash` for the access token beside it. */
export async function issueIdToken(
  emulation: Emulation,
  facts: {
    readonly provider: string
    readonly clientId: string
    readonly user: string
    readonly scopes: readonly string[]
    readonly nonce: string | undefined
    readonly accessToken: string
    /** Added to `iat` and `exp`. */
    readonly skewSeconds: number
  },
): Promise<string> {
  const account = accountOf(facts.provider, userOf(emulation, facts.user))
  const covered = coveredScopes(providerOf(emulation, facts.provider).served(), facts.scopes)
  const now = emulation.runtime.now() + facts.skewSeconds
  const claims = {
    iss: issuerOf(emulation, facts.provider),
    sub: account.subject,
    aud: facts.clientId,
    azp: facts.clientId,
    iat: now,
    exp: now + 3_600,
    nonce: facts.nonce,
    at_hash: accessTokenHash(facts.accessToken),
    ...(covered.has('email') && { email: account.email, email_verified: true }),
    ...(covered.has('profile') && {
      name: account.name,
      preferred_username: account.login,
    }),
  }
  return sign(emulation, facts.provider, claims, 'RS256')
}

async function sign(
  emulation: Emulation,
  issuerId: string,
  claims: Readonly<Record<string, unknown>>,
  algorithm: SigningAlgorithm,
  type = 'JWT',
): Promise<string> {
  const { kid, key } = await emulation.keys.signer(issuerId, algorithm)
  const present = Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined),
  )
  return new SignJWT(present).setProtectedHeader({ alg: algorithm, kid, typ: type }).sign(key)
}

function issuerOf(emulation: Emulation, provider: string): string {
  const { issuer } = providerOf(emulation, provider).served()
  if (issuer === undefined) throw new Error(`${provider} has no issuer`)
  return issuer
}

/** OpenID Connect Core section 3.1.3.6, for RS256. */
function accessTokenHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}
