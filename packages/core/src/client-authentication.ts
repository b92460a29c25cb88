import { type ClientAuth, ClientSecretPost, PrivateKeyJwt } from 'openid-client'
import { importPrivateKey } from './import-private-key.ts'

/** A key for `private_key_jwt` (RFC 7523 section 2.2). */
export interface PrivateKey {
  readonly key: CryptoKey | JsonWebKey | string
  /** JWS algorithm, such as `ES256`; needed for a PEM text, and for a JWK without `alg`. */
  readonly algorithm?: string | undefined
  /** `kid` of the assertion's header. */
  readonly keyId?: string | undefined
}

/** What proves the client to the vault. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'private_key'; readonly privateKey: PrivateKey }

/**
 * How the client authenticates at the token endpoint: by its key where it has one, else by its
 * secret in the body (RFC 6749 section 2.3.1). Not by HTTP Basic: servers disagree on whether its
 * two halves are form-encoded, and a secret with a `-` in it is where that shows.
 */
export async function clientAuthentication(credential: ClientCredential): Promise<ClientAuth> {
  if (credential.kind === 'secret') return ClientSecretPost(credential.secret)
  return PrivateKeyJwt(await importedKey(credential.privateKey))
}

/** The key as the library wants it, with the `kid` that its JWTs name. */
export async function importedKey(privateKey: PrivateKey): Promise<CryptoKey | AssertionKey> {
  const { keyId } = privateKey
  const key = await importPrivateKey(privateKey)
  return keyId === undefined ? key : { key, kid: keyId }
}

interface AssertionKey {
  readonly key: CryptoKey
  readonly kid: string
}
