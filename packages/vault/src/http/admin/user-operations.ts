import type { Account } from '../../domain/account.ts'
import { accept } from '../../domain/result.ts'
import type { AdministerUsers } from '../../use-cases/administer-users.ts'
import { ADMIN_CONTRACT } from './admin-contract.ts'
import { type AdminRouteDependencies, pageOf, queryRoute, type AdminRoutes } from './admin-route.ts'
import { mapped } from './mapped.ts'

export interface UserOperationsDependencies extends AdminRouteDependencies {
  readonly users: AdministerUsers
}

/** Users, and the accounts that they connected. */
export function userOperations(
  dependencies: UserOperationsDependencies,
): AdminRoutes<'users' | 'accounts'> {
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
