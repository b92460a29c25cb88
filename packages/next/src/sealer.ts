import { EncryptJWT, errors, jwtDecrypt, type JWTPayload } from 'jose'

/** Encrypts what a browser keeps for the app, for one purpose. */
export interface Sealer {
  seal(claims: JWTPayload, expiresAt: number): Promise<string>
  /**
   * The claims; `undefined` for whatever this app did not encrypt for this purpose by one of its
   * secrets, and for what has expired. The text is attacker-controlled.
   */
  open(text: string, now: number): Promise<JWTPayload | undefined>
}

/**
 * JWE, `dir` with `A256GCM` (RFC 7518 sections 4.5 and 5.3); the key is derived from the secret and
 * the purpose (HKDF-SHA-256, RFC 5869), so that what was sealed for one opens for no other.
 */
export function createSealer(purpose: string, secrets: () => readonly string[]): Sealer {
  let keys: Promise<readonly CryptoKey[]> | undefined
  const getKeys = async (): Promise<readonly CryptoKey[]> => {
    keys ??= Promise.all(secrets().map(async (secret) => await deriveKey(secret, purpose)))
    return await keys
  }
  return {
    seal: async (claims, expiresAt) => {
      const [first] = await getKeys()
      if (first === undefined) throw new TypeError('There is no secret')
      return await new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: purpose })
        .setExpirationTime(expiresAt)
        .encrypt(first)
    },
    open: async (text, now) => {
      const options = {
        typ: purpose,
        currentDate: new Date(now * 1_000),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
      }
      for (const key of await getKeys()) {
        try {
          return (await jwtDecrypt(text, key, options)).payload
        } catch (error) {
          // Forged, cut, expired, or of another key: all the same, and the next key is tried.
          if (!(error instanceof errors.JOSEError)) throw error
        }
      }
      return undefined
    },
  }
}

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const encoder = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ])
  const info = encoder.encode(`valetkey next ${purpose}`)
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  const cipher = { name: 'AES-GCM', length: 256 }
  return await crypto.subtle.deriveKey(derivation, material, cipher, false, ['encrypt', 'decrypt'])
}
