import * as z from 'zod/mini'
import type { AvailableConnection, ConnectAttempt, ConnectedAccount } from './connected-accounts.ts'
import { ifValid } from './if-valid.ts'
import { parseJson } from './parse-json.ts'
import { isLoopbackHost } from './vault-address.ts'

const Instant = ifValid(z.union([z.number(), z.string()]))
const Text = ifValid(z.string())
const Scopes = ifValid(z.array(z.string()))

const AccountBody = z.object({
  id: z.string().check(z.regex(/^cac_[A-Za-z0-9]+$/)),
  connection: z.string(),
  label: Text,
  provider_account_id: Text,
  state: Text,
  scopes: Scopes,
  created_at: Instant,
})
const AccountsBody = z.object({ accounts: z.array(AccountBody), next: Text })
const ConnectionsBody = z.object({
  connections: z.array(z.object({ name: z.string(), strategy: Text, scopes: Scopes })),
  next: Text,
})
const AttemptBody = z.object({
  connect_uri: z.string().check(z.maxLength(2_048)),
  auth_session: z.string().check(z.minLength(1), z.maxLength(1_024)),
  connect_params: z.object({ ticket: z.string().check(z.minLength(1), z.maxLength(2_048)) }),
  expires_in: z.number().check(z.minimum(0)),
})
const ProblemBody = z.object({ title: Text, detail: Text, type: Text, vault_error: Text })

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | undefined
}

/** What a problem answer says (RFC 9457), for the developer. */
export interface Problem {
  readonly title: string | undefined
  readonly detail: string | undefined
  readonly vaultError: string | undefined
}

/** Reads one account; `undefined` when it is none. */
export function parseAccount(text: string): ConnectedAccount | undefined {
  const parsed = z.safeParse(AccountBody, parseJson(text))
  return parsed.success ? toAccount(parsed.data) : undefined
}

/** Reads a page of accounts; `undefined` when it is none. */
export function parseAccounts(text: string): Page<ConnectedAccount> | undefined {
  const parsed = z.safeParse(AccountsBody, parseJson(text))
  if (!parsed.success) return undefined
  return { items: parsed.data.accounts.map(toAccount), next: parsed.data.next }
}

/** Reads a page of connections; `undefined` when it is none. */
export function parseConnections(text: string): Page<AvailableConnection> | undefined {
  const parsed = z.safeParse(ConnectionsBody, parseJson(text))
  if (!parsed.success) return undefined
  const items = parsed.data.connections.map(({ name, strategy, scopes }) => {
    return { name, strategy, scopes: scopes ?? [] }
  })
  return { items, next: parsed.data.next }
}

/** Reads the beginning of a connect flow; `undefined` when it is none. */
export function parseAttempt(text: string): ConnectAttempt | undefined {
  const parsed = z.safeParse(AttemptBody, parseJson(text))
  if (!parsed.success || !URL.canParse(parsed.data.connect_uri)) return undefined
  const { connect_uri, auth_session, connect_params, expires_in } = parsed.data
  const url = new URL(connect_uri)
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (!isSafe) return undefined
  url.searchParams.set('ticket', connect_params.ticket)
  return { url: url.href, authSession: auth_session, expiresInSeconds: expires_in }
}

/** Reads a problem, as far as it is one. */
export function parseProblem(text: string): Problem {
  const parsed = z.safeParse(ProblemBody, parseJson(text))
  if (!parsed.success) return { title: undefined, detail: undefined, vaultError: undefined }
  const { title, detail, vault_error: vaultError } = parsed.data
  return { title, detail, vaultError }
}

function toAccount(body: z.infer<typeof AccountBody>): ConnectedAccount {
  return {
    id: body.id,
    connection: body.connection,
    label: body.label,
    providerAccountId: body.provider_account_id,
    state: body.state,
    scopes: body.scopes ?? [],
    createdAt: toSeconds(body.created_at),
  }
}

/** Auth0 writes ISO 8601, our vault may write epoch seconds. */
function toSeconds(instant: number | string | undefined): number | undefined {
  if (typeof instant === 'number') return instant
  const milliseconds = Date.parse(instant ?? '')
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
