import { CONNECTION_NAME } from '../../domain/connection.ts'
import { myAccountAudience } from '../../domain/vault-urls.ts'
import { accept, refuse, type Result } from '../../domain/result.ts'
import type { Parameters } from '../read-parameters.ts'
import type { GrantRefusal } from '../token-refusal.ts'

/** What a token is asked for. */
export type Target =
  | { readonly kind: 'my_account' }
  /** The name as sent, which may be no connection's. */
  | { readonly kind: 'connection'; readonly name: string }
  /** The identifier as sent, which may be no API's. */
  | { readonly kind: 'api'; readonly identifier: string }

/** What the token is for: `audience` and `resource` may both be sent, and more than once, if they mean one target (RV-43). */
export function readTarget(parameters: Parameters, issuer: string): Result<Target, GrantRefusal> {
  const resources = parameters.getAll('resource')
  if (!resources.every(isAbsoluteUri)) return refuse({ reason: 'invalid_resource' })
  const names = [...parameters.getAll('audience'), ...resources].map((value) =>
    toTargetName(value, issuer),
  )
  const [name, ...others] = new Set(names)
  if (name === undefined) return refuse({ reason: 'missing_parameter', parameter: 'audience' })
  if (others.length > 0) return refuse({ reason: 'several_targets' })
  if (name === myAccountAudience(issuer)) return accept({ kind: 'my_account' })
  if (CONNECTION_NAME.test(name)) return accept({ kind: 'connection', name })
  // A connection is named by one word, an API by an absolute URI. Nothing else is a name: no look-up for it.
  return isAbsoluteUri(name)
    ? accept({ kind: 'api', identifier: name })
    : refuse({ reason: 'unknown_target' })
}

/** `{issuer}connections/{name}` is another way to write a connection's name. */
function toTargetName(value: string, issuer: string): string {
  const prefix = `${issuer}connections/`
  return value.startsWith(prefix) ? value.slice(prefix.length) : value
}

/** RFC 8707 section 2. */
function isAbsoluteUri(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value) && !value.includes('#')
}
