import type { Account, AccountState } from '../domain/account.ts'
import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import { base64url } from '../domain/base64url.ts'
import type { Connection, ScopeTexts } from '../domain/connection.ts'
import type { Identity } from '../domain/identity.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { AuthorizationServer, Session } from '../ports/authorization-server.ts'
import type { ProfileStore } from '../ports/profile-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import { type AllowedApp, allowedAppsOf, type AllowedAppsDependencies } from './allowed-apps.ts'
import { findSignedIn, type FindSignedInDependencies, isFresh } from './find-signed-in.ts'
import { loginConnectionsOf } from './open-interaction.ts'

/** All that a person sees of what the vault keeps for them. All texts are to be escaped. */
export interface AccountView {
  /** Names the session; forms are bound to it. */
  readonly sessionId: string
  /** Name or e-mail address, as the login system gave it; else the user's id. */
  readonly userName: string
  /** The login was a moment ago: ways to log in may be added and removed. */
  readonly isFresh: boolean
  readonly accounts: readonly AccountEntry[]
  readonly identities: readonly IdentityEntry[]
  /** What one more identity can come from. */
  readonly loginConnections: readonly { readonly name: string; readonly displayName: string }[]
  readonly sessions: readonly SessionEntry[]
  /** Apps that the user allowed to act. */
  readonly apps: readonly AllowedApp[]
}

export interface AccountEntry {
  readonly id: string
  readonly label: string
  readonly providerName: string
  readonly connection: string
  readonly scopes: readonly string[]
  readonly scopeTexts?: ScopeTexts | undefined
  readonly state: AccountState
}

export interface IdentityEntry {
  /** Names it in a form, and is no secret. */
  readonly key: string
  /** A connection's name for people, else the login system's host. */
  readonly name: string
  /** Which account there, where the vault knows. */
  readonly label?: string | undefined
  /** `refused` for the last one that the user can log in with. */
  readonly removal: 'allowed' | 'refused'
}

export interface SessionEntry {
  readonly id: string
  readonly isThis: boolean
  readonly authenticatedAt: number
  readonly expiresAt: number
  /** Names of the apps that it logged in to. */
  readonly apps: readonly string[]
}

export type ViewAccount = (request: {
  /** The `Cookie` header. Attacker-controlled. */
  readonly cookies: string | undefined
}) => Promise<AccountView | undefined>

export interface ViewAccountDependencies extends FindSignedInDependencies, AllowedAppsDependencies {
  readonly authorizationServer: Pick<AuthorizationServer, 'findSession' | 'listSessions'>
  readonly accounts: AccountStore
  readonly profiles: ProfileStore
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
  readonly loginConnections?: readonly string[] | undefined
}

/** Shows somebody who is logged in their own account, and `undefined` to everybody else. */
export function viewAccount(dependencies: ViewAccountDependencies): ViewAccount {
  const { authorizationServer, runtime } = dependencies
  return async ({ cookies }) => {
    const session = await findSignedIn(dependencies, cookies)
    if (session === undefined) return undefined
    const { userId } = session
    const [accounts, logins] = await Promise.all([
      accountsOf(dependencies, userId),
      loginConnectionsOf(dependencies),
    ])
    const sessions = (await authorizationServer.listSessions({ userId })).toSorted(
      (first, second) => second.authenticatedAt - first.authenticatedAt,
    )
    return {
      sessionId: session.id,
      userName: await nameOf(dependencies, userId),
      isFresh: isFresh(session, runtime.now()),
      accounts: await Promise.all(accounts.map((account) => toAccountEntry(dependencies, account))),
      identities: await identitiesOf(dependencies, { userId, accounts, logins }),
      loginConnections: logins.map(({ name, displayName }) => ({ name, displayName })),
      sessions: await Promise.all(
        sessions.map((one) => toSessionEntry(dependencies, one, session.id)),
      ),
      apps: await allowedAppsOf(dependencies, userId),
    }
  }
}

/** What people call the user. Attacker-controlled text. */
export async function nameOf(
  { profiles }: Pick<ViewAccountDependencies, 'profiles'>,
  userId: string,
): Promise<string> {
  const { name, email } = await profiles.find(userId)
  if (name === undefined) return email ?? userId
  return email === undefined ? name : `${name} (${email})`
}

const PAGE_SIZE = 100

async function accountsOf(
  { tenant, accounts }: ViewAccountDependencies,
  userId: string,
): Promise<readonly Account[]> {
  const found: Account[] = []
  let after: string | undefined
  do {
    const page = await accounts.list({ tenant, userId, after, limit: PAGE_SIZE })
    found.push(...page)
    after = page.length === PAGE_SIZE ? page.at(-1)?.id : undefined
  } while (after !== undefined)
  return found
}

export async function toAccountEntry(
  { tenant, connections }: Pick<ViewAccountDependencies, 'tenant' | 'connections'>,
  { id, label, connection: name, scopes, state }: Account,
): Promise<AccountEntry> {
  const connection = await connections.find({ tenant, name })
  const providerName = connection?.displayName ?? name
  const scopeTexts = connection?.scopeTexts
  return { id, label, providerName, connection: name, scopes, scopeTexts, state }
}

async function identitiesOf(
  { tenant, users, hasher }: ViewAccountDependencies,
  {
    userId,
    accounts,
    logins,
  }: {
    readonly userId: string
    readonly accounts: readonly Account[]
    readonly logins: readonly Connection[]
  },
): Promise<readonly IdentityEntry[]> {
  const identities = await users.listIdentities({ tenant, userId })
  const canLogIn = (issuer: string): boolean => logins.some(({ login }) => login?.issuer === issuer)
  return identities.map((identity) => {
    const served = logins.filter(({ login }) => login?.issuer === identity.issuer)
    const isElsewhere = identities.some((other) => other !== identity && canLogIn(other.issuer))
    return {
      key: identityKey(hasher, identity),
      name: served[0]?.displayName ?? hostOf(identity.issuer),
      label: accounts.find(
        ({ connection, providerAccountId }) =>
          providerAccountId === identity.subject && served.some(({ name }) => name === connection),
      )?.label,
      removal: isElsewhere ? 'allowed' : 'refused',
    }
  })
}

/** Names an identity towards its own user. */
export function identityKey(hasher: SecretHasher, { issuer, subject }: Identity): string {
  return base64url(hasher.hash(JSON.stringify([issuer, subject])))
}

/** An issuer need not be a URL: then it is shown as it is. */
function hostOf(issuer: string): string {
  return URL.parse(issuer)?.host ?? issuer
}

async function toSessionEntry(
  { tenant, clients }: ViewAccountDependencies,
  { id, authenticatedAt, expiresAt, clientIds }: Session,
  thisId: string,
): Promise<SessionEntry> {
  const apps = await Promise.all(
    clientIds
      .filter((clientId) => clientId !== ACCOUNT_CLIENT_ID)
      .map(async (clientId) => (await clients.find({ tenant, clientId }))?.name ?? clientId),
  )
  return { id, isThis: id === thisId, authenticatedAt, expiresAt, apps }
}
