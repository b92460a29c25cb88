import type { ProviderDefinition } from '@valetkey/providers'
import * as z from 'zod'

import { parseScope } from '../domain/scope.ts'
import { isJsonObject, type JsonObject } from './parse-json-object.ts'

/** A token response, checked and in one shape whatever the provider's is. Plain text. */
export interface TokenMembers {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
  /** Between 1 second and a year. */
  readonly expiresInSeconds?: number | undefined
  readonly refreshTokenExpiresInSeconds?: number | undefined
  /** Absent when the response says nothing about scopes. */
  readonly scopes?: readonly string[] | undefined
  /** Unverified. */
  readonly idToken?: string | undefined
}

/** Reads the members of a successful token response (RFC 6749 section 5.1, RV-93); `undefined` when one is wrong. */
export function readTokenMembers(
  definition: ProviderDefinition,
  members: JsonObject,
): TokenMembers | undefined {
  const parsed = TokenResponse.safeParse(SHAPES[definition.tokenResponse.shape](members))
  if (!parsed.success) return undefined
  const { data } = parsed
  const scopes = readScopes(definition, data.scope ?? undefined)
  if (!scopes.ok) return undefined
  return {
    accessToken: data.access_token,
    refreshToken: data.refresh_token || undefined,
    expiresInSeconds: clamp(data.expires_in, YEAR_SECONDS),
    refreshTokenExpiresInSeconds: clamp(data.refresh_token_expires_in, 10 * YEAR_SECONDS),
    scopes: scopes.value,
    idToken: data.id_token ?? undefined,
  }
}

const YEAR_SECONDS = 31_536_000

/** At most 16 KiB of visible ASCII: nothing that could end a header or hide in a log. */
const Token = z.string().regex(/^[\x21-\x7e]{1,16384}$/)

const Seconds = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d{1,15}(?:\.\d{1,15})?$/)
    .transform(Number),
])

const TokenResponse = z.object({
  access_token: Token,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: Seconds.nullish(),
  // Some providers write "no refresh token" as an empty one.
  refresh_token: Token.or(z.literal('')).nullish(),
  refresh_token_expires_in: Seconds.nullish(),
  scope: z.string().max(16_384).nullish(),
  id_token: Token.nullish(),
})

type Shape = ProviderDefinition['tokenResponse']['shape']

const SHAPES: Readonly<Record<Shape, (members: JsonObject) => JsonObject>> = {
  standard: (members) => members,
  slack_authed_user: userTokenOfSlack,
}

/**
 * The answer to a code has the user's token under `authed_user`, beside the bot's; the answer to a refresh has it at
 * the top. The bot's token is never taken for the user's.
 */
function userTokenOfSlack(members: JsonObject): JsonObject {
  const nested = members['authed_user']
  const tokens = isJsonObject(nested) && nested['access_token'] !== undefined ? nested : members
  const { token_type: tokenType, ...rest } = tokens
  return tokenType === 'user' ? { ...rest, token_type: 'bearer' } : rest
}

const SEPARATORS: Readonly<Record<ProviderDefinition['grantedScopeSeparator'], RegExp>> = {
  ' ': / +/,
  ',': /,+/,
  comma_or_space: /[ ,]+/,
}

type Scopes =
  | { readonly ok: true; readonly value: readonly string[] | undefined }
  | { readonly ok: false }

function readScopes(definition: ProviderDefinition, scope: string | undefined): Scopes {
  const { scope: fact } = definition.tokenResponse
  const saysNothing =
    scope === undefined || fact === 'empty' || (scope === '' && fact !== 'returned')
  if (saysNothing) return { ok: true, value: undefined }
  const tokens = scope.split(SEPARATORS[definition.grantedScopeSeparator])
  const value = parseScope(tokens.filter((token) => token !== '').join(' '))
  return value === undefined ? { ok: false } : { ok: true, value }
}

function clamp(seconds: number | null | undefined, maximum: number): number | undefined {
  if (seconds === null || seconds === undefined) return undefined
  return Math.min(Math.max(Math.floor(seconds), 1), maximum)
}
