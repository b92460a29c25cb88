import type { ProviderDefinition } from '@valetkey/providers'
import type { JsonObject, Reply } from './reply.ts'
import { normalizedScopes } from './scope-coverage.ts'
import { stableId, type EmulatorUser } from './users.ts'

/** What a token response tells, before the provider's own shape. */
export interface IssuedTokens {
  readonly answers: 'code' | 'refresh'
  readonly user: EmulatorUser
  readonly accessToken: string
  readonly expiresInSeconds: number | undefined
  readonly refreshToken: string | undefined
  readonly refreshTokenExpiresInSeconds: number | undefined
  readonly requestedScopes: readonly string[]
  readonly grantedScopes: readonly string[]
  readonly idToken: string | undefined
}

/** The token response as this provider writes it; RFC 6749 section 5.1 and what differs from it. */
export function tokenResponse(
  definition: ProviderDefinition,
  issued: IssuedTokens,
  accept: string,
): Reply {
  const { shape, format } = definition.tokenResponse
  const value =
    shape === 'slack_authed_user'
      ? slackResponse(definition, issued)
      : { ...tokenMembers(definition, issued, 'Bearer'), ...identityMembers(definition, issued) }
  const asForm = format === 'form_unless_accept_json' && !accept.includes('application/json')
  return { status: 200, body: { kind: asForm ? 'form' : 'json', value } }
}

function tokenMembers(
  definition: ProviderDefinition,
  issued: IssuedTokens,
  tokenType: string,
): JsonObject {
  const seconds = (value: number): number | string =>
    definition.tokenResponse.numbersAsStrings ? String(value) : value
  const scope = scopeMember(definition, issued)
  return {
    access_token: issued.accessToken,
    token_type: tokenType,
    ...(issued.expiresInSeconds !== undefined && { expires_in: seconds(issued.expiresInSeconds) }),
    ...(issued.refreshToken !== undefined && { refresh_token: issued.refreshToken }),
    ...(issued.refreshToken !== undefined &&
      issued.refreshTokenExpiresInSeconds !== undefined && {
        refresh_token_expires_in: seconds(issued.refreshTokenExpiresInSeconds),
      }),
    ...(scope !== undefined && { scope }),
    ...(issued.idToken !== undefined && { id_token: issued.idToken }),
  }
}

function scopeMember(definition: ProviderDefinition, issued: IssuedTokens): string | undefined {
  const separator =
    definition.grantedScopeSeparator === 'comma_or_space' ? ',' : definition.grantedScopeSeparator
  const granted = issued.grantedScopes.join(separator)
  switch (definition.tokenResponse.scope) {
    case 'returned':
      return granted
    case 'empty':
      return ''
    case 'absent_as_granted':
      return isSameSet(issued.grantedScopes, normalizedScopes(definition, issued.requestedScopes))
        ? undefined
        : granted
  }
}

/** The user's token is nested in the answer to a code, and at the top of the answer to a refresh. */
function slackResponse(definition: ProviderDefinition, issued: IssuedTokens): JsonObject {
  const tokens = tokenMembers(definition, issued, 'user')
  const around = {
    ok: true,
    app_id: stableId('A', definition.id),
    enterprise: null,
    is_enterprise_install: false,
  }
  const identity = identityMembers(definition, issued)
  if (issued.answers === 'refresh') return { ...around, ...tokens, team: identity['team'] }
  const authedUser = identity['authed_user']
  return {
    ...around,
    ...identity,
    authed_user: { ...(isObject(authedUser) ? authedUser : {}), ...tokens },
  }
}

/**
 * The members in which the definition says that the account is named. All users share a workspace:
 * of several id paths only the last tells users apart.
 */
function identityMembers(definition: ProviderDefinition, issued: IssuedTokens): JsonObject {
  const { identity } = definition
  if (identity.source !== 'token_response') return {}
  const { idPaths, labelPaths } = identity
  const members = idPaths.map((path, index): [string, string] => {
    const own = index === idPaths.length - 1 ? [issued.user.id] : []
    return [path, stableId(initialOf(path), definition.id, path, ...own)]
  })
  const labels = labelPaths
    .filter((path) => !idPaths.includes(path))
    .map((path): [string, string] => [
      path,
      path.includes('user') ? issued.user.name : 'Emulator Workspace',
    ])
  let result: JsonObject = {}
  for (const [path, value] of [...members, ...labels]) {
    result = withPath(result, path.split('.'), value)
  }
  return result
}

function withPath(object: JsonObject, path: readonly string[], value: string): JsonObject {
  const [name, ...rest] = path
  if (name === undefined) return object
  if (rest.length === 0) return { ...object, [name]: value }
  const inner = object[name]
  return { ...object, [name]: withPath(isObject(inner) ? inner : {}, rest, value) }
}

/** `team.id` makes `T…`, `authed_user.id` makes `U…`, `bot_id` makes `B…`. */
function initialOf(path: string): string {
  const owner = path.replace(/[._]?id$/, '')
  return (owner.split(/[._]/).at(-1) ?? owner).slice(0, 1).toUpperCase()
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((scope) => right.includes(scope))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
