import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'

import { base64url } from '../domain/base64url.ts'
import { parseStrictJson } from '../domain/parse-strict-json.ts'
import { parseScope } from '../domain/scope.ts'
import type { AccessTokens, MyAccountToken, PublicKeys } from '../ports/access-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { SigningKeyStore, StoredSigningKey } from '../ports/signing-key-store.ts'
import { isObject, type Jwt, readJwt } from './read-jwt.ts'
import { isSignedBy } from './verification-key.ts'

/** RFC 9068 section 2.1. */
const TYPE = 'at+jwt'
const CLOCK_SKEW_SECONDS = 30
/** The claim that keeps who the login system says the user is: `sub` is the vault's own id. */
const IDENTITY_CLAIM = 'valetkey_identity'

export interface AccessTokensOptions {
  /** The vault's issuer, exactly as in `iss`. */
  readonly issuer: string
  readonly tenant: string
  readonly signingKeys: SigningKeyStore
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  /** Default `RS256`, which every client reads (R27). */
  readonly algorithm?: 'RS256' | 'ES256' | undefined
}

interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

interface SigningKeys {
  readonly current: SigningKey
  readonly byKeyId: ReadonlyMap<string, SigningKey>
  readonly published: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Issues and reads the vault's own access tokens (RFC 9068). The signing key is made at first use and kept sealed; call
 * `jwks()` at start-up to learn then, and not with the first request, that it cannot be opened.
 */
export function createAccessTokens({
  issuer,
  tenant,
  signingKeys,
  sealer,
  runtime,
  algorithm = 'RS256',
}: AccessTokensOptions): AccessTokens & PublicKeys {
  let loading: Promise<SigningKeys> | undefined

  function keys(): Promise<SigningKeys> {
    loading ??= load().catch((error: unknown) => {
      // A store that was down for a moment must not end the vault's keys for good.
      loading = undefined
      throw error
    })
    return loading
  }

  async function load(): Promise<SigningKeys> {
    let stored = await signingKeys.list({ tenant })
    if (!stored.some((key) => key.algorithm === algorithm)) {
      // Another process may be first: then its key is the one that counts.
      await signingKeys.insertFirst(await makeKey())
      stored = await signingKeys.list({ tenant })
    }
    const opened = await Promise.all(stored.map(open))
    const current = opened.find((key) => key.algorithm === algorithm)
    if (current === undefined) throw new Error(`The store keeps no ${algorithm} signing key`)
    return {
      current,
      byKeyId: new Map(opened.map((key) => [key.kid, key])),
      published: stored.map((key) => key.publicKey),
    }
  }

  async function makeKey(): Promise<StoredSigningKey> {
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
    const bare = await exportJWK(pair.publicKey)
    const kid = await calculateJwkThumbprint(bare)
    const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
    return {
      tenant,
      kid,
      algorithm,
      publicKey: { ...bare, kid, use: 'sig', alg: algorithm },
      privateKey: await sealer.seal(privateJwk, sealContext(tenant, kid)),
      createdAt: runtime.now(),
    }
  }

  async function open(stored: StoredSigningKey): Promise<SigningKey> {
    const json = await sealer.open(stored.privateKey, sealContext(tenant, stored.kid))
    const [privateKey, publicKey] = await Promise.all([
      importKey(parseStrictJson(json), stored.algorithm),
      importKey(stored.publicKey, stored.algorithm),
    ])
    return { kid: stored.kid, algorithm: stored.algorithm, privateKey, publicKey }
  }

  return {
    async jwks() {
      const { published } = await keys()
      return { keys: published }
    },

    async sign(token) {
      const { current } = await keys()
      const { identity } = token
      return await new SignJWT({
        client_id: token.clientId,
        scope: token.scopes.join(' '),
        [IDENTITY_CLAIM]: { iss: identity.issuer, sub: identity.subject },
      })
        .setProtectedHeader({ alg: current.algorithm, kid: current.kid, typ: TYPE })
        .setIssuer(issuer)
        .setAudience(token.audience)
        .setSubject(token.userId)
        .setIssuedAt(token.issuedAt)
        .setExpirationTime(token.expiresAt)
        .setJti(base64url(runtime.randomBytes(16)))
        .sign(current.privateKey)
    },

    async verify(token, audience) {
      const jwt = readJwt(token)
      if (jwt?.type !== TYPE || jwt.keyId === undefined) return undefined
      const key = (await keys()).byKeyId.get(jwt.keyId)
      if (key === undefined || jwt.algorithm !== key.algorithm) return undefined
      if (!(await isSignedBy(token, key.publicKey, key.algorithm))) return undefined
      return readMyAccountToken(jwt.claims, { issuer, audience, now: runtime.now() })
    },
  }
}

function readMyAccountToken(
  claims: Jwt['claims'],
  { issuer, audience, now }: { issuer: string; audience: string; now: number },
): MyAccountToken | undefined {
  const { iss, aud, sub, client_id: clientId, scope, iat, exp } = claims
  if (iss !== issuer || aud !== audience) return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined
  if (exp <= now || iat > now + CLOCK_SKEW_SECONDS) return undefined
  if (typeof sub !== 'string' || typeof clientId !== 'string' || typeof scope !== 'string') {
    return undefined
  }
  const scopes = parseScope(scope)
  const identity = claims[IDENTITY_CLAIM]
  if (scopes === undefined || !isObject(identity)) return undefined
  const { iss: identityIssuer, sub: subject } = identity
  if (typeof identityIssuer !== 'string' || typeof subject !== 'string') return undefined
  return {
    audience,
    clientId,
    userId: sub,
    identity: { issuer: identityIssuer, subject },
    scopes,
    issuedAt: iat,
    expiresAt: exp,
  }
}

function sealContext(tenant: string, kid: string): SealContext {
  return {
    tenant,
    owner: 'signing_key',
    record: kid,
    column: 'private_key',
    generation: 0,
    bindings: [],
  }
}

async function importKey(jwk: unknown, algorithm: string): Promise<CryptoKey> {
  if (!isJwk(jwk)) throw new TypeError('A stored signing key is no JWK')
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('A stored signing key is symmetric')
  return key
}

function isJwk(value: unknown): value is JWK {
  return isObject(value) && typeof value['kty'] === 'string'
}
