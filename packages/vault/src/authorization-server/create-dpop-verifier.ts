import { hash } from 'node:crypto'

import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose'

import type { DpopFault, DpopRefusal } from '../domain/dpop.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { DpopRequest, DpopVerifier } from '../ports/dpop-verifier.ts'
import type { ReplayStore } from '../ports/replay-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import { isObject, type Jwt, readJwt } from './read-jwt.ts'
import { importVerificationKey, isSignedBy, suitableKeys } from './verification-key.ts'

/** Signature algorithms of proofs: `dpop_signing_alg_values_supported`. Asymmetric ones only (RFC 9449 section 4.3). */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const

const ALGORITHMS: readonly string[] = DPOP_ALGORITHMS
/** RFC 9449 section 4.2. */
const TYPE = 'dpop+jwt'
/** How far a proof's `iat` may be from now, either way (RV-95). A nonce does not make it longer. */
const WINDOW_SECONDS = 60
const MAX_JTI_LENGTH = 256
/** Longer ones are refused unread: it bounds the size of the key, too, and what verifying costs. */
const MAX_PROOF_LENGTH = 4_096
/** RFC 7517 section 4, RFC 7518 section 6: what only private and symmetric keys have. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

export interface DpopVerifierOptions {
  readonly tenant: string
  readonly nonces: DpopNonces
  readonly replays: ReplayStore
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Verifies DPoP proofs for the endpoints that are the vault's own (RFC 9449 section 4.3, RV-95, RV-96). Each proof must
 * carry a nonce of the vault's, so that none can be made in advance, and is good once.
 */
export function createDpopVerifier({
  tenant,
  nonces,
  replays,
  runtime,
}: DpopVerifierOptions): DpopVerifier {
  return {
    nextNonce: () => nonces.next(),

    async verify(request) {
      const read = readProof(request.proof)
      if (!read.ok) return read
      const { jwt, key } = read.value
      if (!(await isSigned(read.value))) return invalid('bad_signature')
      const now = runtime.now()
      const use = readUse(jwt.claims, request, now)
      if (!use.ok) return use
      const jkt = await calculateJwkThumbprint(key)
      if (request.accessToken !== undefined && request.accessToken.confirmation.jkt !== jkt) {
        return invalid('wrong_key')
      }
      const { nonce } = jwt.claims
      if (typeof nonce !== 'string' || !nonces.isCurrent(nonce)) {
        return refuse({ reason: 'use_dpop_nonce' })
      }
      // Last: what is refused for another reason takes no room in the store.
      const scope = `dpop:${jkt}`
      const isFirst = await replays.remember({ tenant, scope, ...use.value, now })
      return isFirst ? accept({ jkt }) : invalid('replayed')
    },
  }
}

interface ReadProof {
  readonly proof: string
  readonly jwt: Jwt
  /** The public members alone. */
  readonly key: JWK
}

/** What can be said of a proof before its signature is verified. */
function readProof(proof: string | undefined): Result<ReadProof, DpopRefusal> {
  if (proof === undefined) return invalid('missing')
  // Several headers arrive joined by a comma, which is in no JWT.
  const jwt = proof.length > MAX_PROOF_LENGTH ? undefined : readJwt(proof)
  if (jwt === undefined) return invalid('malformed')
  if (jwt.type !== TYPE) return invalid('wrong_type')
  if (!ALGORITHMS.includes(jwt.algorithm)) return invalid('algorithm_not_allowed')
  const { jwk }: { readonly jwk?: unknown } = decodeProtectedHeader(proof)
  if (!isObject(jwk) || PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) {
    return invalid('unsuitable_key')
  }
  const [key] = suitableKeys([jwk], { algorithm: jwt.algorithm })
  return key === undefined ? invalid('unsuitable_key') : accept({ proof, jwt, key })
}

async function isSigned({ proof, jwt, key }: ReadProof): Promise<boolean> {
  const imported = await importVerificationKey(key, jwt.algorithm)
  return imported !== undefined && (await isSignedBy(proof, imported, jwt.algorithm))
}

/** What makes the proof single use, when its claims are those of this request. */
function readUse(
  { htm, htu, iat, jti, ath }: Jwt['claims'],
  { method, url, accessToken }: DpopRequest,
  now: number,
): Result<{ readonly jti: string; readonly expiresAt: number }, DpopRefusal> {
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) {
    return invalid('malformed')
  }
  if (htm !== method) return invalid('wrong_method')
  if (typeof htu !== 'string' || !isSameTarget(htu, url)) return invalid('wrong_url')
  if (typeof iat !== 'number' || Math.abs(now - iat) > WINDOW_SECONDS) return invalid('not_recent')
  if (accessToken !== undefined && ath !== hash('sha256', accessToken.token, 'base64url')) {
    return invalid('wrong_access_token')
  }
  return accept({ jti, expiresAt: Math.ceil(iat) + WINDOW_SECONDS })
}

/** Whether both are one URI, apart from query and fragment, in any spelling (RFC 9449 section 4.3, RFC 3986 section 6.2). */
function isSameTarget(claimed: string, actual: string): boolean {
  const url = URL.parse(claimed)
  if (url === null) return false
  url.search = ''
  url.hash = ''
  return url.href === new URL(actual).href
}

function invalid(why: DpopFault): { readonly ok: false; readonly refusal: DpopRefusal } {
  return refuse({ reason: 'invalid_dpop_proof', why })
}
