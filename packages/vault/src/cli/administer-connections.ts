import { readFileSync } from 'node:fs'

import * as z from 'zod'

import { next, readAll, remove } from './admin-lists.ts'
import { type AdminOptions, connectAdminApi } from './admin-api.ts'
import { Check, printChecks } from './print-checks.ts'
import { printJson, printTable } from './print-table.ts'
import { UserError } from './user-error.ts'

const Connection = z.object({
  name: z.string(),
  provider: z.union([z.string(), z.object({ id: z.string() })]),
  clientId: z.string(),
  origin: z.string(),
})
const Test = z.object({ works: z.boolean(), redirectUri: z.string(), checks: z.array(Check) })

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
