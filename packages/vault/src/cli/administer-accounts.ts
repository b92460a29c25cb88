import * as z from 'zod'

import { next, readAll, remove } from './admin-lists.ts'
import { type AdminApi, type AdminOptions, connectAdminApi } from './admin-api.ts'
import { printJson, printTable } from './print-table.ts'
import { readWho, type WhoOptions } from './read-who.ts'
import { UserError } from './user-error.ts'

const Account = z.object({
  id: z.string(),
  connection: z.string(),
  label: z.string(),
  state: z.string(),
  scopes: z.array(z.string()),
})

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
