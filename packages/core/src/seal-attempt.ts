import * as z from 'zod/mini'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { parseJson } from './parse-json.ts'

/** What the browser keeps, unreadable to it, between start and callback. */
export interface Attempt {
  readonly state: string
  readonly codeVerifier: string
  readonly authSession: string
  readonly connection: string
  readonly returnTo: string
  /** The popup that the flow runs in; absent where the whole page went. */
  readonly popup?: string | undefined
  /** Epoch seconds. */
  readonly expiresAt: number
}

const AttemptBody = z.strictObject({
  state: z.string(),
  codeVerifier: z.string(),
  authSession: z.string(),
  connection: z.string(),
  returnTo: z.string(),
  popup: z.optional(z.string()),
  expiresAt: z.number(),
})

const nonceBytes = 12
/** Says what the text is for, so that nothing else sealed by the same key opens here. */
const purpose = new TextEncoder().encode('valetkey connect attempt 2')

/** AES-256-GCM with a random nonce; a key seals far fewer attempts than a random nonce allows. */
export async function sealAttempt(
  attempt: Attempt,
  key: CryptoKey,
  nonce: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: purpose }
  const text = new TextEncoder().encode(JSON.stringify(attempt))
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, text))
  return `${encodeBase64url(nonce)}.${encodeBase64url(sealed)}`
}

/** The attempt in a cookie; `undefined` when it was not sealed by this key, or has expired. */
export async function openAttempt(
  cookie: string,
  key: CryptoKey,
  now: number,
): Promise<Attempt | undefined> {
  const [nonce, sealed, ...more] = cookie.split('.').map(decodeBase64url)
  if (nonce?.length !== nonceBytes || sealed === undefined || more.length > 0) return undefined
  try {
    const parameters = { name: 'AES-GCM', iv: nonce, additionalData: purpose }
    const text = new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, sealed))
    const parsed = z.safeParse(AttemptBody, parseJson(text))
    return parsed.success && parsed.data.expiresAt > now ? parsed.data : undefined
  } catch {
    return undefined // forged, cut, or sealed by a key of before: all the same to the caller
  }
}

/** The key that seals attempts, from any secret (HKDF-SHA-256, RFC 5869). */
export async function attemptKey(secret: string): Promise<CryptoKey> {
  const secretBytes = new TextEncoder().encode(secret)
  const material = await crypto.subtle.importKey('raw', secretBytes, 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: purpose }
  const cipher = { name: 'AES-GCM', length: 256 }
  return await crypto.subtle.deriveKey(derivation, material, cipher, false, ['encrypt', 'decrypt'])
}
