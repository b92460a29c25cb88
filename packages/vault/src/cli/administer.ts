import { readFileSync } from 'node:fs'

import * as z from 'zod'

import { type AdminApi, type AdminOptions, connectAdminApi } from './admin-api.ts'
import { plain, printJson, printTable } from './print-table.ts'
import { UserError } from './user-error.ts'

const Connection = z.object({
  name: z.string(),
  provider: z.union([z.string(), z.object({ id: z.string() })]),
  clientId: z.string(),
  origin: z.string(),
})
const Client = z.object({
  id: z.string(),
  name: z.string().optional(),
  type: z.string(),
  origin: z.string(),
  secrets: z.array(z.object({ id: z.string(), expiresAt: z.number().optional() })),
})
const NewClient = z.object({
  client: Client,
  secret: z.object({ id: z.string(), value: z.string() }).optional(),
})
const Account = z.object({
  id: z.string(),
  connection: z.string(),
  label: z.string(),
  state: z.string(),
  scopes: z.array(z.string()),
})
const Check = z.object({
  check: z.string(),
  outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
  detail: z.string(),
  mend: z.string().optional(),
})
const Test = z.object({ works: z.boolean(), redirectUri: z.string(), checks: z.array(Check) })
const Diagnosis = z.object({ works: z.boolean(), checks: z.array(Check) })
const next = z.string().optional()

export interface AddConnectionOptions extends AdminOptions {
  readonly provider: string
  readonly clientId: string
  /** `env:NAME` or `file:PATH`. */
  readonly clientSecret: string
  readonly scope: readonly string[]
  readonly displayName?: string | undefined
}

/** `valetkey connections add NAME` */
export async function addConnection(name: string, options: AddConnectionOptions): Promise<void> {
  const { provider, clientId, clientSecret, scope: scopes, displayName } = options
  const body = {
    name,
    provider: provider.startsWith('file:') ? readDefinition(provider.slice(5)) : provider,
    clientId,
    clientSecret: readReference(clientSecret),
    scopes,
    displayName,
  }
  const api = connectAdminApi(options)
  const connection = await api.call({ method: 'POST', path: '/connections', body }, Connection)
  if (options.json) return printJson(connection)
  process.stdout.write(`Added ${connection.name}.\n`)
  await testConnection(name, options)
}

/** `valetkey connections list` */
export async function listConnections(options: AdminOptions): Promise<void> {
  const page = z.object({ connections: z.array(Connection), next })
  const all = await readAll(
    connectAdminApi(options),
    '/connections',
    page,
    (one) => one.connections,
  )
  if (options.json) return printJson(all)
  printTable(
    ['NAME', 'PROVIDER', 'CLIENT ID', 'FROM'],
    all.map(({ name, provider, clientId, origin }) => [
      name,
      typeof provider === 'string' ? provider : provider.id,
      clientId,
      origin,
    ]),
  )
}

/** `valetkey connections test NAME`: exit code 1 when something is wrong. */
export async function testConnection(name: string, options: AdminOptions): Promise<void> {
  const path = `/connections/${encodeURIComponent(name)}/test`
  const test = await connectAdminApi(options).call({ method: 'POST', path, body: {} }, Test)
  if (options.json) printJson(test)
  else {
    printChecks(test.checks)
    process.stdout.write(`Redirect URI to register at the provider: ${test.redirectUri}\n`)
  }
  if (!test.works) process.exitCode = 1
}

/** `valetkey connections remove NAME` */
export async function removeConnection(name: string, options: AdminOptions): Promise<void> {
  await remove(`/connections/${encodeURIComponent(name)}`, options)
}

export interface AddClientOptions extends AdminOptions {
  readonly name?: string | undefined
  readonly public: boolean
  readonly redirectUri: readonly string[]
  /** `NAME=scope,scope` */
  readonly connection: readonly string[]
  readonly subject: readonly string[]
}

/** `valetkey clients add ID`: prints the secret that was made, once. */
export async function addClient(id: string, options: AddClientOptions): Promise<void> {
  const body = {
    id,
    name: options.name,
    type: options.public ? 'public' : 'confidential',
    redirectUris: options.redirectUri,
    connections: Object.fromEntries(options.connection.map(readPolicy)),
    subjects: options.subject,
  }
  const api = connectAdminApi(options)
  printNewClient(await api.call({ method: 'POST', path: '/clients', body }, NewClient), options)
}

/** `valetkey clients list` */
export async function listClients(options: AdminOptions): Promise<void> {
  const page = z.object({ clients: z.array(Client), next })
  const all = await readAll(connectAdminApi(options), '/clients', page, (one) => one.clients)
  if (options.json) return printJson(all)
  printTable(
    ['ID', 'NAME', 'TYPE', 'SECRETS', 'FROM'],
    all.map(({ id, name, type, secrets, origin }) => [
      id,
      name ?? id,
      type,
      secrets.map((secret) => secret.id).join(' ') || '—',
      origin,
    ]),
  )
}

export interface RotateSecretOptions extends AdminOptions {
  readonly oldExpiresIn?: number | undefined
}

/** `valetkey clients rotate-secret ID`: prints the new secret, once. The old one stays for now. */
export async function rotateSecret(id: string, options: RotateSecretOptions): Promise<void> {
  const path = `/clients/${encodeURIComponent(id)}/secrets`
  const body = { previousExpiresInSeconds: options.oldExpiresIn }
  const made = await connectAdminApi(options).call({ method: 'POST', path, body }, NewClient)
  printNewClient(made, options)
  const old = made.client.secrets.find((secret) => secret.id !== made.secret?.id)
  if (options.json || old === undefined) return
  process.stderr.write(
    options.oldExpiresIn === undefined
      ? `The old secret still counts. Change the app, then: valetkey clients remove-secret ${id} ${old.id}\n`
      : `The old secret counts for ${options.oldExpiresIn} s more.\n`,
  )
}

/** `valetkey clients remove-secret ID SECRET` */
export async function removeSecret(
  id: string,
  secretId: string,
  options: AdminOptions,
): Promise<void> {
  await remove(
    `/clients/${encodeURIComponent(id)}/secrets/${encodeURIComponent(secretId)}`,
    options,
  )
}

/** `valetkey clients remove ID` */
export async function removeClient(id: string, options: AdminOptions): Promise<void> {
  await remove(`/clients/${encodeURIComponent(id)}`, options)
}

export interface WhoOptions {
  readonly user?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
}

/** `valetkey accounts list` */
export async function listAccounts(options: AdminOptions & WhoOptions): Promise<void> {
  const api = connectAdminApi(options)
  const user = await findUser(api, options)
  const page = z.object({ accounts: z.array(Account), next })
  const path = `/users/${encodeURIComponent(user)}/accounts`
  const all = await readAll(api, path, page, (one) => one.accounts)
  if (options.json) return printJson(all)
  printTable(
    ['ID', 'CONNECTION', 'LABEL', 'STATE', 'SCOPES'],
    all.map(({ id, connection, label, state, scopes }) => [
      id,
      connection,
      label,
      state,
      scopes.join(' '),
    ]),
  )
}

/** `valetkey accounts revoke ID` */
export async function revokeAccount(id: string, options: AdminOptions): Promise<void> {
  await remove(`/accounts/${encodeURIComponent(id)}`, options)
}

export interface DiagnoseOptions extends AdminOptions, WhoOptions {
  readonly client: string
  readonly connection: string
  readonly scope: readonly string[]
  readonly loginHint?: string | undefined
}

/** What stands in the way of an exchange. */
export async function diagnose({
  client,
  connection,
  scope: scopes,
  loginHint,
  ...options
}: DiagnoseOptions): Promise<z.infer<typeof Diagnosis>> {
  const who = readWho(options)
  const body = {
    client,
    connection,
    scopes: scopes.length === 0 ? undefined : scopes,
    loginHint,
    ...('user' in who ? who : { identity: who }),
  }
  const api = connectAdminApi(options)
  return await api.call({ method: 'POST', path: '/diagnose', body }, Diagnosis)
}

const MARKS = { passed: 'ok  ', warning: 'WARN', failed: 'FAIL', skipped: '-   ' } as const

/** One line for each check, and the mend below what is wrong. */
export function printChecks(checks: readonly z.infer<typeof Check>[]): void {
  const width = Math.max(...checks.map(({ check }) => check.length))
  for (const { check, outcome, detail, mend } of checks) {
    process.stdout.write(`${MARKS[outcome]}  ${check.padEnd(width)}  ${plain(detail)}\n`)
    if (mend !== undefined) process.stdout.write(`${' '.repeat(width + 8)}→ ${plain(mend)}\n`)
  }
}

async function remove(path: string, options: AdminOptions): Promise<void> {
  await connectAdminApi(options).call({ method: 'DELETE', path }, z.undefined())
  if (!options.json) process.stdout.write('Done.\n')
}

/** Every page of a list. */
async function readAll<Page extends { readonly next?: string | undefined }, Item>(
  api: AdminApi,
  path: string,
  page: z.ZodType<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = []
  let after = ''
  for (;;) {
    const read = await api.call({ method: 'GET', path: `${path}?limit=100${after}` }, page)
    items.push(...itemsOf(read))
    if (read.next === undefined) return items
    after = `&after=${encodeURIComponent(read.next)}`
  }
}

function readWho(
  options: WhoOptions,
): { readonly user: string } | { readonly issuer: string; readonly subject: string } {
  const { user, issuer, subject } = options
  if (user !== undefined && issuer === undefined && subject === undefined) return { user }
  if (user === undefined && issuer !== undefined && subject !== undefined) {
    return { issuer, subject }
  }
  throw new UserError('Say who: --user with an id, or --issuer and --subject as in the token.')
}

async function findUser(api: AdminApi, options: WhoOptions): Promise<string> {
  const who = readWho(options)
  if ('user' in who) return who.user
  const users = z.object({ users: z.array(z.object({ id: z.string() })) })
  const path = `/users?${new URLSearchParams(who)}`
  const [user] = (await api.call({ method: 'GET', path }, users)).users
  if (user !== undefined) return user.id
  throw new UserError(
    'Nobody with this identity has connected or logged in. Compare both with the token, character by character.',
  )
}

/** The secret alone goes to standard output, so that it can be piped to where it belongs. */
function printNewClient(
  { client, secret }: z.infer<typeof NewClient>,
  { json }: AdminOptions,
): void {
  if (json) return printJson({ client, secret })
  if (secret === undefined) {
    process.stdout.write(`Added ${plain(client.id)}.\n`)
    return
  }
  process.stderr.write(`Secret of ${plain(client.id)}, shown this once:\n`)
  process.stdout.write(`${secret.value}\n`)
}

function readReference(reference: string): string {
  if (reference.startsWith('env:')) {
    const value = process.env[reference.slice(4)]
    if (value !== undefined && value !== '') return value
    throw new UserError(`--client-secret refers to ${reference.slice(4)}, which is not set.`)
  }
  if (reference.startsWith('file:')) return readText(reference.slice(5)).replace(/\r?\n$/, '')
  throw new UserError(
    '--client-secret takes env:NAME or file:PATH: a command line can be read by others.',
  )
}

function readDefinition(path: string): unknown {
  try {
    return JSON.parse(readText(path))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} is not JSON.`, { cause: error })
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserError(`${path} cannot be read.`, { cause: error })
  }
}

function readPolicy(text: string): readonly [string, { readonly scopes: readonly string[] }] {
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const scopes = at < 0 ? [] : text.slice(at + 1).split(',')
  return [name, { scopes: scopes.filter((scope) => scope !== '') }]
}
