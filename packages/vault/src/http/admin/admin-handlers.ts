import type { Account } from '../../domain/account.ts'
import type { AdminOperation } from '../../domain/admin.ts'
import { liveSecrets, type RegistryEntry } from '../../domain/registration.ts'
import { accept, type Result } from '../../domain/result.ts'
import type { AuditReader } from '../../ports/audit-reader.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { AdministerClients, ClientWithSecret } from '../../use-cases/administer-clients.ts'
import type { AdministerConnections } from '../../use-cases/administer-connections.ts'
import type { AdministerUsers } from '../../use-cases/administer-users.ts'
import type { DiagnoseExchange } from '../../use-cases/diagnose-exchange.ts'
import type { Route } from '../router.ts'
import { ADMIN_CONTRACT } from './admin-contract.ts'
import { type AdminRouteDependencies, bodyRoute, pageOf, queryRoute } from './admin-route.ts'

export interface AdminApiDependencies extends AdminRouteDependencies {
  readonly tenant: string
  readonly runtime: Pick<Runtime, 'now'>
  readonly connections: AdministerConnections
  readonly clients: AdministerClients
  readonly users: AdministerUsers
  readonly auditReader: AuditReader
  readonly diagnose: DiagnoseExchange
}

/** Every operation of the contract with its use case. */
export function adminApiRoutes(dependencies: AdminApiDependencies): readonly Route[] {
  const routes: Readonly<Record<AdminOperation, Route>> = {
    ...connectionRoutes(dependencies),
    ...clientRoutes(dependencies),
    ...userRoutes(dependencies),
    ...auditRoutes(dependencies),
  }
  return Object.values(routes)
}

/** The routes of some operations: none can be left out. */
type Routes<Prefix extends string> = Readonly<
  Record<Extract<AdminOperation, `${Prefix}.${string}`>, Route>
>

function connectionRoutes(dependencies: AdminApiDependencies): Routes<'connections'> {
  const { connections } = dependencies
  const contract = ADMIN_CONTRACT
  return {
    'connections.list': queryRoute(
      dependencies,
      'connections.list',
      contract['connections.list'],
      async ({ query: { after, limit } }) => {
        const found = await connections.list({ after, limit: limit + 1 })
        const { items, next } = pageOf(found, limit, ({ name }) => name)
        return accept({ body: { connections: items.map(connectionBody), next } })
      },
    ),
    'connections.read': queryRoute(
      dependencies,
      'connections.read',
      contract['connections.read'],
      async ({ segment }) =>
        mapped(await connections.find(segment('name')), (connection) => ({
          body: connectionBody(connection),
          about: { connection: connection.name },
        })),
    ),
    'connections.register': bodyRoute(
      dependencies,
      'connections.register',
      contract['connections.register'],
      async ({ body: { clientSecret, ...settings } }) =>
        mapped(await connections.register(settings, clientSecret), (connection) => ({
          body: connectionBody(connection),
          about: { connection: connection.name },
        })),
    ),
    'connections.change': bodyRoute(
      dependencies,
      'connections.change',
      contract['connections.change'],
      async ({ segment, body: { clientSecret, ...changes } }) => {
        const secret = typeof clientSecret === 'string' ? clientSecret : undefined
        const changed = await connections.change(segment('name'), changes, secret)
        return mapped(changed, (connection) => ({
          body: connectionBody(connection),
          about: {
            connection: connection.name,
            details: { members: changedMembers(changes, secret) },
          },
        }))
      },
    ),
    'connections.remove': queryRoute(
      dependencies,
      'connections.remove',
      contract['connections.remove'],
      async ({ segment }) =>
        mapped(await connections.remove(segment('name')), () => ({
          about: { connection: segment('name') },
        })),
    ),
    'connections.test': bodyRoute(
      dependencies,
      'connections.test',
      contract['connections.test'],
      async ({ segment }) =>
        mapped(await connections.test(segment('name')), (test) => ({
          body: { ...test },
          about: { connection: segment('name'), details: { works: test.works } },
        })),
    ),
  }
}

function clientRoutes(dependencies: AdminApiDependencies): Routes<'clients'> {
  const { clients, runtime } = dependencies
  const contract = ADMIN_CONTRACT
  const bodyOf = (client: RegistryEntry): Readonly<Record<string, unknown>> =>
    clientBody(client, runtime.now())
  const withSecret = ({ client, secret }: ClientWithSecret) => ({
    body: { client: bodyOf(client), secret },
    about: { clientId: client.name, ...(secret && { details: { secret: secret.id } }) },
  })
  return {
    'clients.list': queryRoute(
      dependencies,
      'clients.list',
      contract['clients.list'],
      async ({ query: { after, limit } }) => {
        const found = await clients.list({ after, limit: limit + 1 })
        const { items, next } = pageOf(found, limit, ({ name }) => name)
        return accept({ body: { clients: items.map(bodyOf), next } })
      },
    ),
    'clients.read': queryRoute(
      dependencies,
      'clients.read',
      contract['clients.read'],
      async ({ segment }) =>
        mapped(await clients.find(segment('id')), (client) => ({
          body: bodyOf(client),
          about: { clientId: client.name },
        })),
    ),
    'clients.register': bodyRoute(
      dependencies,
      'clients.register',
      contract['clients.register'],
      async ({ body }) => mapped(await clients.register(body), withSecret),
    ),
    'clients.change': bodyRoute(
      dependencies,
      'clients.change',
      contract['clients.change'],
      async ({ segment, body }) =>
        mapped(await clients.change(segment('id'), body), (client) => ({
          body: bodyOf(client),
          about: { clientId: client.name, details: { members: changedMembers(body, undefined) } },
        })),
    ),
    'clients.remove': queryRoute(
      dependencies,
      'clients.remove',
      contract['clients.remove'],
      async ({ segment }) =>
        mapped(await clients.remove(segment('id')), () => ({
          about: { clientId: segment('id') },
        })),
    ),
    'clients.add_secret': bodyRoute(
      dependencies,
      'clients.add_secret',
      contract['clients.add_secret'],
      async ({ segment, body }) => mapped(await clients.addSecret(segment('id'), body), withSecret),
    ),
    'clients.remove_secret': queryRoute(
      dependencies,
      'clients.remove_secret',
      contract['clients.remove_secret'],
      async ({ segment }) =>
        mapped(await clients.removeSecret(segment('id'), segment('secret')), (client) => ({
          about: { clientId: client.name, details: { secret: segment('secret') } },
        })),
    ),
  }
}

function userRoutes(dependencies: AdminApiDependencies): Routes<'users' | 'accounts'> {
  const { users } = dependencies
  const contract = ADMIN_CONTRACT
  return {
    'users.list': queryRoute(
      dependencies,
      'users.list',
      contract['users.list'],
      async ({ query: { issuer, subject, after, limit } }) => {
        const found =
          issuer === undefined || subject === undefined
            ? await users.list({ after, limit: limit + 1 })
            : await users.listByIdentity({ issuer, subject })
        const { items, next } = pageOf(found, limit, ({ id }) => id)
        return accept({ body: { users: items, next } })
      },
    ),
    'users.read': queryRoute(
      dependencies,
      'users.read',
      contract['users.read'],
      async ({ segment }) =>
        mapped(await users.find(segment('id')), (user) => ({
          body: { ...user },
          about: { userId: user.id },
        })),
    ),
    'accounts.list': queryRoute(
      dependencies,
      'accounts.list',
      contract['accounts.list'],
      async ({ segment, query: { limit, ...query } }) => {
        const userId = segment('id')
        const found = await users.listAccounts({ userId, ...query, limit: limit + 1 })
        return mapped(found, (accounts) => {
          const { items, next } = pageOf(accounts, limit, ({ id }) => id)
          return { body: { accounts: items.map(accountBody), next }, about: { userId } }
        })
      },
    ),
    'accounts.read': queryRoute(
      dependencies,
      'accounts.read',
      contract['accounts.read'],
      async ({ segment }) =>
        mapped(await users.findAccount(segment('id')), (account) => ({
          body: accountBody(account),
          about: aboutAccount(account),
        })),
    ),
    'accounts.revoke': queryRoute(
      dependencies,
      'accounts.revoke',
      contract['accounts.revoke'],
      async ({ segment, adminId, requestId }) =>
        mapped(
          await users.revokeAccount({ accountId: segment('id'), adminId, requestId }),
          (account) => ({ about: aboutAccount(account) }),
        ),
    ),
  }
}

function auditRoutes(dependencies: AdminApiDependencies): Routes<'audit' | 'exchange'> {
  const { tenant, auditReader, diagnose } = dependencies
  const contract = ADMIN_CONTRACT
  return {
    'audit.list': queryRoute(
      dependencies,
      'audit.list',
      contract['audit.list'],
      async ({ query: { user, client, after, limit, ...filter } }) => {
        const page = await auditReader.page({
          tenant,
          filter: { userId: user, clientId: client, ...filter },
          cursor: after,
          limit,
        })
        return accept({ body: { ...page } })
      },
    ),
    'audit.verify': bodyRoute(
      dependencies,
      'audit.verify',
      contract['audit.verify'],
      async ({ body }) => {
        const verdict = await auditReader.verify(body)
        return accept({ body: { ...verdict }, about: { details: { whole: verdict.whole } } })
      },
    ),
    'exchange.diagnose': bodyRoute(
      dependencies,
      'exchange.diagnose',
      contract['exchange.diagnose'],
      async ({ body: { client, user = '', identity, ...question } }) => {
        const who = identity ?? { userId: user }
        const diagnosis = await diagnose({ ...question, clientId: client, who })
        const { userId, accountId, works } = diagnosis
        return accept({ body: { ...diagnosis }, about: { userId, accountId, details: { works } } })
      },
    ),
  }
}

function mapped<Value, Refusal, Mapped>(
  result: Result<Value, Refusal>,
  map: (value: Value) => Mapped,
): Result<Mapped, Refusal> {
  return result.ok ? accept(map(result.value)) : result
}

/** Names of settings, never what they were set to. */
function changedMembers(
  changes: Readonly<Record<string, unknown>>,
  secret: string | undefined,
): string {
  return [...Object.keys(changes), ...(secret === undefined ? [] : ['clientSecret'])].join(' ')
}

function connectionBody({
  settings,
  origin,
  createdAt,
  updatedAt,
}: RegistryEntry): Readonly<Record<string, unknown>> {
  return { ...settings, origin, createdAt, updatedAt }
}

function clientBody(client: RegistryEntry, now: number): Readonly<Record<string, unknown>> {
  const secrets = liveSecrets(client.secrets, now).map(({ id, createdAt, expiresAt }) => ({
    id,
    createdAt,
    expiresAt,
  }))
  return { ...connectionBody(client), secrets }
}

/** Named one by one: an account's row holds sealed tokens, too. */
function accountBody(account: Account): Readonly<Record<string, unknown>> {
  const { id, userId, connection, providerAccountId, label, state, reconnectReason } = account
  const { scopes, generation, accessExpiresAt, refreshExpiresAt, createdAt, updatedAt } = account
  return {
    id,
    userId,
    connection,
    providerAccountId,
    label,
    state,
    reconnectReason,
    scopes,
    generation,
    isRefreshable: account.refreshToken !== undefined,
    accessExpiresAt,
    refreshExpiresAt,
    lastErrorCode: account.refresh.lastErrorCode,
    createdAt,
    updatedAt,
  }
}

function aboutAccount({ id, userId, connection }: Account) {
  return { userId, connection, accountId: id }
}
