import type { ProviderDefinition, ProviderIdentity } from '@valetkey/providers'

import { cleanLabel } from '../domain/label.ts'
import type { ProviderAccount, ProviderProfile } from '../domain/provider-tokens.ts'
import { memberAt, type JsonObject } from './parse-json-object.ts'

/**
 * The stable id and the label of a provider account, from the object in which the catalog says they are: the ID
 * token's claims, the userinfo answer, or the token response. `undefined` when a part of the id is missing or is no id.
 */
export function readAccount(
  { identity }: ProviderDefinition,
  members: JsonObject,
): ProviderAccount | undefined {
  const { idPaths, labelPaths } = pathsOf(identity)
  const parts = idPaths.map((path) => readIdPart(memberAt(members, path)))
  // A colon within a part would let two accounts have one id.
  const isWhole = parts.every((part) => part !== '' && (parts.length === 1 || !part.includes(':')))
  const providerAccountId = parts.join(':')
  if (!isWhole || providerAccountId.length > MAX_ID_LENGTH) return undefined
  const label = labelPaths
    .map((path) => memberAt(members, path))
    .filter((value) => typeof value === 'string')
    .map((value) => cleanLabel(value.slice(0, MAX_LABEL_LENGTH), ''))
    .find((value) => value !== '')
  const profile = readProfile(members)
  return {
    providerAccountId,
    label: label ?? cleanLabel(providerAccountId, 'account'),
    ...(Object.keys(profile).length > 0 && { profile }),
  }
}

/** The standard claims that a login passes on; whatever is not of their form is left out. */
function readProfile(members: JsonObject): ProviderProfile {
  const { name, picture, email, email_verified: isEmailVerified, auth_time: at } = members
  return {
    ...(isShort(name) && { name: cleanLabel(name, '') }),
    ...(isShort(picture) && picture.startsWith('https://') && { picture }),
    ...(isShort(email) && email.includes('@') && { email }),
    ...(isEmailVerified === true && { isEmailVerified }),
    ...(typeof at === 'number' && Number.isSafeInteger(at) && { authenticatedAt: at }),
  }
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_LABEL_LENGTH
}

const MAX_ID_LENGTH = 255
/** Before cleaning, which is not free. */
const MAX_LABEL_LENGTH = 1024

/** No controls, no marks that hide, no white space. */
const ID = /^[^\p{C}\s]{1,255}$/u

function pathsOf(identity: ProviderIdentity): {
  readonly idPaths: readonly string[]
  readonly labelPaths: readonly string[]
} {
  switch (identity.source) {
    case 'id_token':
      return { idPaths: ['sub'], labelPaths: identity.labelClaims }
    case 'userinfo':
      return { idPaths: [identity.idField], labelPaths: identity.labelFields }
    case 'token_response':
      return identity
  }
}

function readIdPart(value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && ID.test(value) ? value : ''
}
