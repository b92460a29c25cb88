import { modifyAssertion, PrivateKeyJwt } from 'openid-client'
import { importedKey } from './client-authentication.ts'
import type { SignedSubject } from './signed-subject.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { VaultSettings } from './vault-settings.ts'

/**
 * Signs the JWT that names the user, good for one request within a minute. It is the client's own
 * assertion (RFC 7523 section 3: `iss` the client, `aud` the vault, `jti`, `iat`, `exp`) with the
 * user as its `sub`, under a type of its own, so that neither can pass for the other.
 *
 * @throws {client_misconfigured} when the client has no key to sign with
 */
export async function signSubject(
  { subject, auditContext }: SignedSubject,
  { credential, clientId, address }: VaultSettings,
): Promise<string> {
  if (credential.kind !== 'private_key') {
    throw new ValetKeyError(
      'client_misconfigured',
      '"signedSubject" needs a client with a "privateKey": its signature is what the vault trusts.',
    )
  }
  if (subject === clientId) {
    throw new ValetKeyError('client_misconfigured', '"signedSubject" gave the id of the client.')
  }
  const sign = PrivateKeyJwt(await importedKey(credential.privateKey), {
    [modifyAssertion]: (header, claims) => {
      header['typ'] = 'token-vault-req+jwt'
      claims['sub'] = subject
      if (auditContext !== undefined) claims['audit_context'] = auditContext
    },
  })
  const form = new URLSearchParams()
  // The library types it as nothing; it is a promise.
  await Promise.resolve(
    sign({ issuer: address.issuer }, { client_id: clientId }, form, new Headers()),
  )
  return form.get('client_assertion') ?? ''
}
