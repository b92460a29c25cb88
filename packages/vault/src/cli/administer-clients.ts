import * as z from 'zod'

import { next, readAll, remove } from './admin-lists.ts'
import { type AdminOptions, connectAdminApi } from './admin-api.ts'
import { plain, printJson, printTable } from './print-table.ts'

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

export interface AddClientOptions extends AdminOptions {
  readonly name?: string | undefined
  readonly public: boolean
  readonly redirectUri: readonly string[]
  readonly postLogoutRedirectUri: readonly string[]
  readonly grant: readonly string[]
  /** `NAME=scope,scope` */
  readonly connection: readonly string[]
  /** `IDENTIFIER=scope,scope` */
  readonly api: readonly string[]
  readonly subject: readonly string[]
}

/** `valetkey clients add ID`: prints the secret that was made, once. */
export async function addClient(id: string, options: AddClientOptions): Promise<void> {
  const body = {
    id,
    name: options.name,
    type: options.public ? 'public' : 'confidential',
    redirectUris: options.redirectUri,
    postLogoutRedirectUris: options.postLogoutRedirectUri,
    // None: the vault's default.
    grants: options.grant.length === 0 ? undefined : options.grant,
    connections: Object.fromEntries(options.connection.map(readPolicy)),
    apis: Object.fromEntries(options.api.map(readPolicy)),
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

function readPolicy(text: string): readonly [string, { readonly scopes: readonly string[] }] {
  // An API's identifier may be a URL with a query; a scope list never has the sign.
  const at = text.lastIndexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const scopes = at < 0 ? [] : text.slice(at + 1).split(',')
  return [name, { scopes: scopes.filter((scope) => scope !== '') }]
}
