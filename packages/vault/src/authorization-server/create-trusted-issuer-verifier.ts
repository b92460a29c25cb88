import { hash } from 'node:crypto'

import { refuse } from '../domain/result.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import type { OutboundFetch } from '../ports/outbound-fetch.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import { checkSubjectClaims } from './check-subject-claims.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { type Jwt, readJwt } from './read-jwt.ts'
import { createSignatureVerdicts } from './signature-verdicts.ts'
import { JWT_TOKEN_TYPES } from './token-types.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import {
  DEFAULT_SIGNATURE_ALGORITHMS,
  isSignedBy,
  SIGNATURE_ALGORITHMS,
} from './verification-key.ts'

const MAX_CLOCK_SKEW_SECONDS = 60

export interface TrustedIssuerVerifierOptions {
  readonly issuers: readonly TrustedIssuer[]
  readonly outboundFetch: OutboundFetch
  readonly runtime: Pick<Runtime, 'now'>
  /** The audience that tokens must have where an issuer's settings name none. */
  readonly vaultIssuer: string
}

interface KnownIssuer {
  readonly settings: TrustedIssuer
  readonly algorithms: readonly string[]
  readonly keys: IssuerKeys
}

/**
 * Verifies JWTs of trusted issuers as subject (RV-35, RV-38, R1). What a token says about where its keys are is never
 * followed; an issuer that the client does not list is refused before anything is fetched.
 * @throws {TypeError} for settings that would weaken it.
 */
export function createTrustedIssuerVerifier({
  issuers,
  outboundFetch,
  runtime,
  vaultIssuer,
}: TrustedIssuerVerifierOptions): SubjectVerifier {
  const known = new Map(
    issuers.map((settings): [string, KnownIssuer] => {
      const algorithms = settings.algorithms ?? DEFAULT_SIGNATURE_ALGORITHMS
      checkSettings(settings, algorithms)
      const keys = createIssuerKeys({ jwksUri: settings.jwksUri, outboundFetch, runtime })
      return [settings.issuer, { settings, algorithms, keys }]
    }),
  )
  if (known.size < issuers.length) throw new TypeError('A trusted issuer is listed twice')
  const verdicts = createSignatureVerdicts<KnownIssuer>({ runtime })

  async function verifySignature(
    jwt: Jwt,
    token: string,
    issuer: KnownIssuer,
  ): Promise<SubjectRefusal | undefined> {
    const { algorithm, keyId } = jwt
    if (!issuer.algorithms.includes(algorithm)) return { reason: 'algorithm_not_allowed' }
    const key = await issuer.keys.find({ algorithm, keyId })
    if (!key.ok) {
      const { refusal } = key
      return refusal.reason === 'unknown_key'
        ? refusal
        : { ...refusal, issuer: issuer.settings.issuer }
    }
    if (!(await isSignedBy(token, key.value, algorithm))) return { reason: 'bad_signature' }
    return undefined
  }

  function issuerOf({ claims: { iss } }: Jwt): KnownIssuer | undefined {
    return typeof iss === 'string' ? known.get(iss) : undefined
  }

  return {
    async verify({ client, token, tokenType, role = 'subject' }) {
      if (!JWT_TOKEN_TYPES.includes(tokenType)) {
        return refuse({ reason: 'unsupported_token_type' })
      }
      const fingerprint = hash('sha256', token, 'base64url')
      const remembered = verdicts.get(fingerprint)
      const jwt = remembered?.jwt ?? readJwt(token)
      if (jwt === undefined) return refuse({ reason: 'malformed' })

      const issuer = remembered?.issuer ?? issuerOf(jwt)
      if (issuer === undefined) return refuse({ reason: 'unknown_issuer' })
      const { settings } = issuer
      const policy = client.subjects.find((entry) => entry.issuer === settings.issuer)
      if (policy === undefined) return refuse({ reason: 'issuer_not_allowed_for_client' })

      if (remembered === undefined) {
        const refusal = await verifySignature(jwt, token, issuer)
        if (refusal !== undefined) return refuse(refusal)
        verdicts.remember(fingerprint, { jwt, issuer })
      }
      return checkSubjectClaims(jwt, {
        issuer: settings,
        policy,
        vaultIssuer,
        tokenType,
        role,
        now: runtime.now(),
      })
    },
  }
}

function checkSettings(settings: TrustedIssuer, algorithms: readonly string[]): void {
  const name = JSON.stringify(settings.issuer)
  const allowed: readonly string[] = SIGNATURE_ALGORITHMS
  if (algorithms.length === 0 || !algorithms.every((algorithm) => allowed.includes(algorithm))) {
    throw new TypeError(
      `"algorithms" of trusted issuer ${name} must be among ${allowed.join(', ')}`,
    )
  }
  const { audience, clockSkewSeconds = 0, maxAgeSeconds = 1 } = settings
  if (audience !== undefined && (audience.length === 0 || audience.includes(''))) {
    throw new TypeError(`"audience" of trusted issuer ${name} must not be empty`)
  }
  if (!(clockSkewSeconds >= 0 && clockSkewSeconds <= MAX_CLOCK_SKEW_SECONDS)) {
    throw new TypeError(`"clockSkewSeconds" of trusted issuer ${name} must be from 0 to 60`)
  }
  if (!(maxAgeSeconds > 0)) {
    throw new TypeError(`"maxAgeSeconds" of trusted issuer ${name} must be above 0`)
  }
}
