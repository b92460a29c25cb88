import type { GrantStatus } from '../ports/grant-status.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { TokenIntrospection } from '../ports/token-introspection.ts'
import { readAccessTokenClaims } from './access-token-claims.ts'
import { createOwnJwts } from './own-jwts.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface TokenIntrospectionOptions {
  readonly tenant: string
  /** The vault's, exactly as in `iss`. */
  readonly issuer: string
  readonly keys: Pick<SigningKeys, 'find'>
  readonly grants: GrantStatus
  readonly runtime: Pick<Runtime, 'now'>
}

/** Reads the vault's own JWT access tokens for whoever they concern: the client that has one, and the API that got one. */
export function createTokenIntrospection({
  tenant,
  issuer,
  keys,
  grants,
  runtime,
}: TokenIntrospectionOptions): TokenIntrospection {
  const jwts = createOwnJwts({ issuer, keys })
  return {
    async read({ client, token }) {
      if (!token.includes('.')) return undefined
      const jwt = await jwts.read(token)
      if (!jwt.ok) return 'inactive'
      const said = readAccessTokenClaims(jwt.value, { issuer, now: runtime.now() })
      if (!said.ok) return 'inactive'
      const { clientId, audience, grantId } = said.value
      if (clientId !== client.id && audience !== client.api) return 'inactive'
      if (grantId !== undefined && !(await grants.isAlive({ tenant, grantId }))) return 'inactive'
      return { ...said.value, act: jwt.value.claims['act'] }
    },
  }
}
