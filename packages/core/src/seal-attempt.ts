import { compactDecrypt, CompactEncrypt } from 'jose'
import * as z from 'zod/mini'
import { parseJson } from './token-answer.ts'

/** What the browser keeps, unreadable to it, between start and callback. */
export interface Attempt {
  readonly state: string
  readonly codeVerifier: string
  readonly authSession: string
  readonly returnTo: string
  /** Epoch seconds. */
  readonly expiresAt: number
}

const AttemptBody = z.strictObject({
  state: z.string(),
  codeVerifier: z.string(),
  authSession: z.string(),
  returnTo: z.string(),
  expiresAt: z.number(),
})

const header = { alg: 'dir', enc: 'A256GCM', typ: 'valetkey-connect+jwe' } as const

/** Encrypts an attempt (JWE, `dir` with A256GCM). */
export async function sealAttempt(attempt: Attempt, key: Uint8Array): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(attempt))
  return await new CompactEncrypt(text).setProtectedHeader(header).encrypt(key)
}

/** The attempt in a cookie; `undefined` when it was not sealed by this key, or has expired. */
export async function openAttempt(
  sealed: string,
  key: Uint8Array,
  now: number,
): Promise<Attempt | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [header.alg],
      contentEncryptionAlgorithms: [header.enc],
    })
    if (protectedHeader.typ !== header.typ) return undefined
    const parsed = z.safeParse(AttemptBody, parseJson(new TextDecoder().decode(plaintext)))
    return parsed.success && parsed.data.expiresAt > now ? parsed.data : undefined
  } catch {
    return undefined // forged, cut, or sealed by a key of before: all the same to the caller
  }
}

/** 256 bits for sealing, from any secret (HKDF-SHA-256, RFC 5869). */
export async function attemptKey(secret: string): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveBits',
  ])
  const parameters = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode('valetkey connect attempt'),
  }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 256))
}
