import * as z from 'zod'

import { isCleanLabel } from '../../domain/label.ts'
import { parseScope } from '../../domain/scope.ts'

/** Lone surrogates cannot be given back as they came, and databases differ about NUL. */
const UNSTORABLE = /[\0\p{Cs}]/u

/** Unreserved characters (RFC 7636 sections 4.1 and 4.2). */
const PKCE_TEXT = /^[A-Za-z0-9\-._~]{43,128}$/

const redirectUri = text(1, 2048)

const scope = z
  .string()
  .max(255)
  .refine((token) => parseScope(token)?.length === 1, 'This is not a scope.')

/** Passed on to the provider (Auth0's list). */
const authorizationParams = z.strictObject({
  acr_values: text(1, 2048).optional(),
  audience: text(1, 2048).optional(),
  resource: text(1, 2048).optional(),
  display: text(1, 2048).optional(),
  id_token_hint: text(1, 16_384).optional(),
  login_hint: text(1, 2048).optional(),
  max_age: z
    .union([z.number().int().nonnegative(), z.string().regex(/^\d{1,10}$/)])
    .transform(String)
    .optional(),
  prompt: text(1, 2048).optional(),
  ui_locales: text(1, 2048).optional(),
})

/** `POST /me/v1/connected-accounts/connect`. `scopes_mode` is an addition of ours. */
export const ConnectRequest = z
  .strictObject({
    connection: text(1, 128),
    redirect_uri: redirectUri,
    state: text(1, 4096).optional(),
    code_challenge: z.string().regex(PKCE_TEXT).optional(),
    code_challenge_method: z.literal('S256').optional(),
    scopes: z
      .array(scope)
      .min(1)
      .max(100)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'Each scope must be given once.')
      .optional(),
    scopes_mode: z.enum(['accumulate', 'replace']).default('accumulate'),
    authorization_params: authorizationParams.default({}),
  })
  .refine(
    ({ code_challenge, code_challenge_method }) =>
      (code_challenge === undefined) === (code_challenge_method === undefined),
    {
      path: ['code_challenge_method'],
      message: 'Send code_challenge and code_challenge_method together.',
    },
  )

/** `POST /me/v1/connected-accounts/complete` */
export const CompleteRequest = z.strictObject({
  auth_session: text(1, 64),
  connect_code: text(1, 46),
  redirect_uri: redirectUri,
  code_verifier: z.string().regex(PKCE_TEXT).optional(),
})

/** `PATCH /me/v1/connected-accounts/accounts/{id}`, an addition of ours. */
export const RenameRequest = z.strictObject({
  label: z
    .string()
    .min(1)
    .refine(isCleanLabel, 'A label is one line of at most 200 visible characters.'),
})

const page = {
  /** Auth0's description of the API says `from`, its Next.js client sends `next`. */
  from: text(1, 512).optional(),
  next: text(1, 512).optional(),
  take: z
    .string()
    .regex(/^(?:[1-9]|1[0-9]|20)$/)
    .transform(Number)
    .default(10),
}

const ONE_CURSOR = { path: ['next'], message: 'Send from or next, not both.' }

/** `GET /me/v1/connected-accounts/accounts` */
export const AccountsQuery = z
  .strictObject({ connection: text(1, 128).optional(), ...page })
  .refine(hasOneCursor, ONE_CURSOR)

/** `GET /me/v1/connected-accounts/connections`, and of `accounts/{id}/activity` */
export const PageQuery = z.strictObject(page).refine(hasOneCursor, ONE_CURSOR)

/** `GET /me/v1/connected-accounts/consents`, an addition of ours. */
export const ConsentsQuery = z.strictObject(page).refine(hasOneCursor, ONE_CURSOR)

/** `DELETE /me/v1/connected-accounts/consents/{client_id}`, an addition of ours. */
export const RevokeConsentQuery = z.strictObject({ connection: text(1, 128).optional() })

/** A query as an object. A repeated parameter becomes a list, which no schema here takes. */
export function queryOf(request: Request): Readonly<Record<string, string | readonly string[]>> {
  const parameters = new URL(request.url).searchParams
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const [first = '', ...more] = parameters.getAll(name)
      return [name, more.length === 0 ? first : [first, ...more]]
    }),
  )
}

function hasOneCursor(query: {
  readonly from?: string | undefined
  readonly next?: string | undefined
}): boolean {
  return query.from === undefined || query.next === undefined || query.from === query.next
}

/** Text that every database keeps, and gives back as it came. */
export function text(min: number, max: number): z.ZodString {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !UNSTORABLE.test(value), 'This has characters that cannot be kept.')
}
