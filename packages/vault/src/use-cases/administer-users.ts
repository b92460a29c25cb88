import { type Account, ACCOUNT_ID } from '../domain/account.ts'
import type { AdminRefusal } from '../domain/admin.ts'
import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { UserDirectory, UserRecord } from '../ports/user-directory.ts'
import type { UserStore } from '../ports/user-store.ts'
import { removeAccount, type RemoveAccountDependencies } from './remove-account.ts'

export interface UserWithIdentities extends UserRecord {
  /** Those that lead to the user; a record that is not the vault's own leads nowhere. */
  readonly identities: readonly Identity[]
}

/** What an operator does with users and their accounts: look, and end. */
export interface AdministerUsers {
  list(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly UserWithIdentities[]>
  /** None, or one. */
  listByIdentity(identity: Identity): Promise<readonly UserWithIdentities[]>
  find(userId: string): Promise<Result<UserWithIdentities, AdminRefusal>>
  listAccounts(query: {
    readonly userId: string
    readonly connection?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<Result<readonly Account[], AdminRefusal>>
  findAccount(accountId: string): Promise<Result<Account, AdminRefusal>>
  /** As the user's own disconnect: gone here at once, revoked at the provider right after. */
  revokeAccount(request: {
    readonly accountId: string
    readonly adminId: string
    readonly requestId: string
  }): Promise<Result<Account, AdminRefusal>>
}

export interface AdministerUsersDependencies extends RemoveAccountDependencies {
  readonly users: UserStore
  readonly userDirectory: UserDirectory
}

export function administerUsers(dependencies: AdministerUsersDependencies): AdministerUsers {
  const { tenant, users, userDirectory, accounts } = dependencies

  async function withIdentities(user: UserRecord): Promise<UserWithIdentities> {
    const stored = await userDirectory.identities({ tenant, userId: user.id })
    const owners = await Promise.all(
      stored.map((identity) => users.findByIdentity({ tenant, identity })),
    )
    return { ...user, identities: stored.filter((_, index) => owners[index] === user.id) }
  }

  async function find(userId: string): Promise<UserWithIdentities | undefined> {
    const user = await userDirectory.find({ tenant, userId })
    return user && (await withIdentities(user))
  }

  async function findAccount(accountId: string): Promise<Account | undefined> {
    return ACCOUNT_ID.test(accountId) ? await accounts.find({ tenant, accountId }) : undefined
  }

  return {
    async list(page) {
      const found = await userDirectory.list({ tenant, ...page })
      return await Promise.all(found.map(withIdentities))
    },

    async listByIdentity(identity) {
      const userId = await users.findByIdentity({ tenant, identity })
      const user = userId === undefined ? undefined : await find(userId)
      return user === undefined ? [] : [user]
    },

    async find(userId) {
      const user = await find(userId)
      return user === undefined ? refuse({ reason: 'not_found', what: 'user' }) : accept(user)
    },

    async listAccounts({ userId, ...page }) {
      const user = await userDirectory.find({ tenant, userId })
      if (user === undefined) return refuse({ reason: 'not_found', what: 'user' })
      return accept(await accounts.list({ tenant, userId, ...page }))
    },

    async findAccount(accountId) {
      const account = await findAccount(accountId)
      return account === undefined
        ? refuse({ reason: 'not_found', what: 'account' })
        : accept(account)
    },

    async revokeAccount({ accountId, adminId, requestId }) {
      const removed = await removeAccount(dependencies, {
        find: () => findAccount(accountId),
        by: { adminId, requestId },
      })
      if (removed.ok) return removed
      return removed.refusal.reason === 'account_not_found'
        ? refuse({ reason: 'not_found', what: 'account' })
        : refuse(removed.refusal)
    },
  }
}
