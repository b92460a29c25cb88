import * as z from 'zod/mini'
import { type ApiOrigin, parseApiOrigin } from './api-origin.ts'
import { ifValid } from './if-valid.ts'
import { parseJson } from './parse-json.ts'

/** How a provider says "this token is dead" with status 200; `slack_ok_false` is `{"ok":false,…}`. */
export type ApiErrorShape = 'slack_ok_false'

/** A successful answer of the token endpoint (RFC 8693 section 2.2.1), with the vault's extensions. */
export interface TokenAnswer {
  readonly accessToken: string
  readonly tokenType: 'Bearer' | 'DPoP'
  /** Life left in seconds; `undefined` when the vault does not know it. */
  readonly expiresInSeconds: number | undefined
  /** What the token can do; `undefined` means what was asked for (RFC 6749 section 5.1). */
  readonly scopes: readonly string[] | undefined
  readonly connection: string | undefined
  readonly account: string | undefined
  readonly generation: number | undefined
  readonly apiOrigins: readonly ApiOrigin[]
  readonly apiErrors: ApiErrorShape | undefined
}

/** An error answer (RFC 6749 section 5.2), with the vault's extensions. */
export interface ErrorAnswer {
  readonly error: string
  /** Written by the vault or by whatever stands before it: attacker-controlled text at worst. */
  readonly description: string | undefined
  readonly errorUri: string | undefined
  readonly vaultError: string | undefined
  readonly missingScopes: readonly string[]
  /** The account that the user has to mend. */
  readonly account: string | undefined
  readonly accounts: readonly { readonly id: string; readonly label: string }[] | undefined
}

const maxListLength = 100
const maxLabelLength = 200
const maxScopeLength = 255

const issuedTokenTypes = [
  'urn:ietf:params:oauth:token-type:access_token',
  'urn:ietf:params:oauth:token-type:jwt',
  'http://auth0.com/oauth/token-type/federated-connection-access-token',
  'http://auth0.com/oauth/token-type/token-vault-access-token',
]

// Other people's answers: only what is read is named, the rest is ignored.
const TokenBody = z.object({
  access_token: z.string().check(z.minLength(1), z.regex(/^[\x21-\x7e]+$/)),
  token_type: z.string().check(z.regex(/^(bearer|dpop)$/i)),
  issued_token_type: z.optional(z.enum(issuedTokenTypes)),
  expires_in: z.optional(
    z.union([
      z.number().check(z.minimum(0)),
      z.pipe(z.string().check(z.regex(/^\d{1,10}$/)), z.transform(Number)),
    ]),
  ),
  scope: z.optional(z.string()),
  connection: z.optional(z.string()),
  account: z.optional(z.string().check(z.regex(/^cac_[A-Za-z0-9]+$/))),
  generation: z.optional(z.int().check(z.minimum(0))),
  api_origins: z.optional(z.array(z.string()).check(z.maxLength(maxListLength))),
  // A shape that this version does not know is left out, not refused: it only costs a renewal.
  api_errors: ifValid(z.literal('slack_ok_false')),
})

const ErrorBody = z.object({
  error: z.string().check(z.minLength(1), z.maxLength(200)),
  error_description: ifValid(z.string()),
  error_uri: ifValid(z.string()),
  vault_error: ifValid(z.string().check(z.minLength(1), z.maxLength(200))),
  missing_scope: ifValid(z.string()),
  account: ifValid(z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/))),
  accounts: ifValid(z.array(z.object({ id: z.string().check(z.minLength(1)), label: z.string() }))),
})

/** Reads a 200 answer; `undefined` when it is no valid one. */
export function parseTokenAnswer(text: string): TokenAnswer | undefined {
  const parsed = z.safeParse(TokenBody, parseJson(text))
  if (!parsed.success) return undefined
  const body = parsed.data
  const apiOrigins = (body.api_origins ?? []).map(parseApiOrigin)
  if (apiOrigins.includes(undefined)) return undefined
  return {
    accessToken: body.access_token,
    tokenType: /^b/i.test(body.token_type) ? 'Bearer' : 'DPoP',
    expiresInSeconds: body.expires_in,
    scopes: body.scope === undefined ? undefined : splitScope(body.scope),
    connection: body.connection,
    account: body.account,
    generation: body.generation,
    apiOrigins: apiOrigins.filter((origin) => origin !== undefined),
    apiErrors: body.api_errors,
  }
}

/** Reads an error answer; `undefined` when it is no OAuth error. */
export function parseErrorAnswer(text: string): ErrorAnswer | undefined {
  const parsed = z.safeParse(ErrorBody, parseJson(text))
  if (!parsed.success) return undefined
  const body = parsed.data
  return {
    error: body.error,
    description: body.error_description,
    errorUri: body.error_uri,
    vaultError: body.vault_error,
    missingScopes: splitScope(body.missing_scope ?? '')
      .filter((scope) => scope.length <= maxScopeLength)
      .slice(0, maxListLength),
    account: body.account,
    accounts: body.accounts?.slice(0, maxListLength).map(({ id, label }) => ({
      id: id.slice(0, maxLabelLength),
      label: (label === '' ? id : label).slice(0, maxLabelLength),
    })),
  }
}

/** Scopes of a space-separated list; empty ones do not count (RFC 6749 section 3.3). */
function splitScope(scope: string): readonly string[] {
  return scope.split(' ').filter((name) => name !== '')
}
