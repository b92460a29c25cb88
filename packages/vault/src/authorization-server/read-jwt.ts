import { Buffer } from 'node:buffer'

import { parseStrictJson } from '../domain/parse-strict-json.ts'

/** What a compact JWS says, before anything about it has been verified. */
export interface Jwt {
  readonly algorithm: string
  readonly keyId?: string | undefined
  /** Lower case, without the `application/` prefix (RFC 7515 section 4.1.9). */
  readonly type?: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

/** Longer tokens are refused unread. */
const MAX_LENGTH = 16 * 1024
const MAX_KEY_ID_LENGTH = 512

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a signed JWT in compact form, or gives `undefined`: also for `crit` and `b64` (no extension is understood), for
 * a nested JWT, for a repeated JSON member and for base64url that is not canonical (RFC 8725 sections 2 and 3).
 * Headers that offer a key of their own (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.
 */
export function readJwt(token: string): Jwt | undefined {
  if (token.length > MAX_LENGTH || !COMPACT_JWS.test(token)) return undefined
  const [header = '', payload = '', signature = ''] = token.split('.')
  const fields = readObject(header)
  const claims = readObject(payload)
  if (fields === undefined || claims === undefined) return undefined
  if (decodeCanonical(signature) === undefined) return undefined
  const { alg, kid, typ, cty } = fields
  if (typeof alg !== 'string' || Object.hasOwn(fields, 'crit') || Object.hasOwn(fields, 'b64')) {
    return undefined
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID_LENGTH)) {
    return undefined
  }
  if (typ !== undefined && typeof typ !== 'string') return undefined
  if (cty !== undefined) return undefined
  return {
    algorithm: alg,
    claims,
    ...(kid !== undefined && { keyId: kid }),
    ...(typ !== undefined && { type: normalizeType(typ) }),
  }
}

/** `application/at+JWT` and `at+jwt` are one type (RFC 7515 section 4.1.9). */
export function normalizeType(type: string): string {
  const lowerCase = type.toLowerCase()
  return lowerCase.startsWith('application/') ? lowerCase.slice('application/'.length) : lowerCase
}

function readObject(segment: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodeCanonical(segment)
  if (bytes === undefined) return undefined
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return undefined
  }
  const value = parseStrictJson(text)
  return isObject(value) ? value : undefined
}

/** Two texts must not be one token: the unused bits of the last character have to be zero. */
function decodeCanonical(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  return bytes.toString('base64url') === segment ? bytes : undefined
}

/** A JSON object, not a list and not `null`. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
