import { accept, refuse } from '../../domain/result.ts'
import type { Subject } from '../../domain/subject.ts'
import type { LoginTokens } from '../../ports/login-tokens.ts'
import type { RecordStore } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Sealer } from '../../ports/sealer.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'
import type { SubjectVerifier } from '../../ports/subject-verifier.ts'
import { REFRESH_TOKEN_KIND } from './create-login-tokens.ts'
import { createSealedLogins, type SealedLogin } from './sealed-logins.ts'

export interface RefreshTokenVerifierOptions {
  readonly tenant: string
  readonly vaultIssuer: string
  readonly records: Pick<RecordStore, 'findWithGrant'>
  readonly loginTokens: Pick<LoginTokens, 'touch'>
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
}

/** Longer ones are not the vault's. */
const MAX_LENGTH = 256

/**
 * Verifies the vault's own refresh tokens as subject, as a refresh would (RV-33): the client's own, alive, its login not
 * ended. It is looked at and never used up: to exchange is not to refresh, and one that was rotated away is refused
 * without ending anything (R4), since the holder of a token that leaked could otherwise end the user's login.
 */
export function createRefreshTokenVerifier({
  tenant,
  vaultIssuer,
  records,
  loginTokens,
  sealer,
  hasher,
  runtime,
}: RefreshTokenVerifierOptions): SubjectVerifier {
  const readLogin = createSealedLogins({ sealer, runtime })
  return {
    async verify({ client, token, role = 'subject' }) {
      // A login says who the user is; who acts is another question.
      if (role === 'actor') return refuse({ reason: 'unsupported_token_type' })
      if (token.length > MAX_LENGTH) return refuse({ reason: 'malformed' })
      const idHash = hasher.hash(token)
      const found = await records.findWithGrant({ tenant, kind: REFRESH_TOKEN_KIND, idHash })
      if (found === undefined) return refuse({ reason: 'unknown_token' })

      const { record, isGrantAlive } = found
      const login = await readLogin(record)
      const now = runtime.now()
      const { accountId, grantId, clientId, jkt } = login
      if (clientId !== client.id) return refuse({ reason: 'other_client' })
      const expiresAt = Math.min(record.expiresAt, login.exp ?? 0)
      if (expiresAt <= now) return refuse({ reason: 'expired', expiredAt: expiresAt })
      if (!isGrantAlive || accountId === undefined || grantId === undefined) {
        return refuse({ reason: 'revoked' })
      }
      const { consumedAt } = record
      if (consumedAt !== undefined && now - consumedAt > client.refreshTokens.graceSeconds) {
        return refuse({ reason: 'rotated' })
      }
      await loginTokens.touch(record, client)
      return accept({
        kind: 'vault_refresh_token',
        identity: { issuer: vaultIssuer, subject: accountId },
        expiresAt,
        grantId,
        ...(client.consent === 'ask' && allowedOf(login)),
        ...(jkt !== undefined && { confirmation: { jkt } }),
      })
    },
  }
}

/** What the user was shown at the login, and allowed: a client that has to ask gets no more from its policy (R8). */
function allowedOf({
  scope = '',
  resource = [],
}: SealedLogin): Pick<Subject, 'scopes' | 'allowedApis'> {
  return { scopes: scope.split(' '), allowedApis: [resource].flat() }
}
