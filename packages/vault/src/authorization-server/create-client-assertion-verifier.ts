import type { ClientAssertionVerifier } from '../ports/client-assertion-verifier.ts'
import type { ReplayStore } from '../ports/replay-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { createClientSignatures } from './client-signatures.ts'
import { type Jwt, readJwt } from './read-jwt.ts'

/** How far ahead `exp` may lie (RV-25): as long as a `jti` has to be remembered. */
const MAX_LIFE_SECONDS = 300
const CLOCK_SKEW_SECONDS = 30
const MAX_JTI_LENGTH = 256

const TYPES: readonly (string | undefined)[] = [undefined, 'jwt', 'client-authentication+jwt']

export interface ClientAssertionVerifierOptions {
  /** The vault's issuer: the one accepted audience, as a string (an array or the endpoint's URL is refused). */
  readonly issuer: string
  readonly tenant: string
  readonly replays: ReplayStore
  readonly runtime: Pick<Runtime, 'now'>
}

/** Verifies `private_key_jwt` assertions against the keys registered for the client (RFC 7523 section 3, RV-25). */
export function createClientAssertionVerifier({
  issuer,
  tenant,
  replays,
  runtime,
}: ClientAssertionVerifierOptions): ClientAssertionVerifier {
  const signatures = createClientSignatures()

  return {
    claimedClientId(assertion) {
      const subject = readJwt(assertion)?.claims['sub']
      return typeof subject === 'string' ? subject : undefined
    },

    async verify({ client, assertion }) {
      const jwt = readJwt(assertion)
      if (jwt === undefined || !TYPES.includes(jwt.type)) return false
      if (!(await signatures.isSignedByClient(client, { jwt, token: assertion }))) return false
      if (client === undefined) return false
      const now = runtime.now()
      const use = readUse(jwt.claims, { clientId: client.id, issuer, now })
      if (use === undefined) return false
      // Last, so that only assertions of the client itself can fill the store.
      return await replays.remember({
        tenant,
        scope: `client:${client.id}`,
        jti: use.jti,
        expiresAt: use.expiresAt + CLOCK_SKEW_SECONDS,
        now,
      })
    },
  }
}

/** What makes the assertion single use, when its claims are as RFC 7523 section 3 wants them. */
function readUse(
  claims: Jwt['claims'],
  { clientId, issuer, now }: { clientId: string; issuer: string; now: number },
): { readonly jti: string; readonly expiresAt: number } | undefined {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims
  if (iss !== clientId || sub !== clientId || aud !== issuer) return undefined
  if (typeof exp !== 'number' || exp + CLOCK_SKEW_SECONDS <= now) return undefined
  if (exp > now + MAX_LIFE_SECONDS + CLOCK_SKEW_SECONDS) return undefined
  const startsAt = [nbf, iat].filter((value) => value !== undefined)
  if (!startsAt.every((value) => typeof value === 'number' && value <= now + CLOCK_SKEW_SECONDS)) {
    return undefined
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return undefined
  return { jti, expiresAt: Math.ceil(exp) }
}
