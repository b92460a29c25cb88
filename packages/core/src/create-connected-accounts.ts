import type { ApiToken } from './api-token.ts'
import type {
  ConnectedAccounts,
  ConnectedAccountsCall,
  MyAccountScope,
} from './connected-accounts.ts'
import type { MyAccountSession } from './my-account.ts'
import type { Subject } from './subject-token.ts'
import { loginRequired } from './user-must-act.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { VaultConnection } from './vault-connection.ts'

/** Who asks: a subject token to be exchanged, or a token for the My Account API itself. */
export type MyAccountIdentity =
  | { readonly kind: 'subject'; readonly subject: Subject | undefined }
  | { readonly kind: 'bearer'; readonly token: string | null | undefined }

/** The accounts of whoever `identify` names, asked for at each call. */
export function createConnectedAccounts(
  vault: VaultConnection,
  identify: (signal: AbortSignal | undefined) => Promise<MyAccountIdentity>,
): ConnectedAccounts {
  const begin = async (
    scope: MyAccountScope,
    { signal }: ConnectedAccountsCall = {},
  ): Promise<MyAccountSession> => {
    const settings = vault.settings()
    const { token, tokenType } = await tokenFor(vault, await identify(signal), { scope, signal })
    const sendWithProof = tokenType === 'DPoP' ? vault.sendWithProof : undefined
    return { settings, runtime: vault.runtime, token, signal, sendWithProof }
  }
  // my-account.ts is loaded at first use, as the exchange is.
  return {
    connect: async (request, options) => {
      const session = await begin('create:me:connected_accounts', options)
      const { startConnecting } = await import('./my-account.ts')
      return await startConnecting(session, request)
    },
    complete: async (request, options) => {
      const session = await begin('create:me:connected_accounts', options)
      const { finishConnecting } = await import('./my-account.ts')
      return await finishConnecting(session, request)
    },
    listAccounts: async (filter = {}, options) => {
      const session = await begin('read:me:connected_accounts', options)
      const { listAccounts } = await import('./my-account.ts')
      return await listAccounts(session, filter)
    },
    listConnections: async (options) => {
      const session = await begin('read:me:connected_accounts', options)
      const { listConnections } = await import('./my-account.ts')
      return await listConnections(session)
    },
    deleteAccount: async (id, options) => {
      if (!isAccountId(id)) throw new TypeError('"id" must be an account id, cac_…')
      const session = await begin('delete:me:connected_accounts', options)
      const { deleteAccount } = await import('./my-account.ts')
      await deleteAccount(session, id)
      vault.forgetAccount(id)
    },
  }
}

/** True for the id of an account. */
export function isAccountId(value: string): boolean {
  return /^cac_[A-Za-z0-9]+$/.test(value)
}

async function tokenFor(
  vault: VaultConnection,
  identity: MyAccountIdentity,
  { scope, signal }: { readonly scope: MyAccountScope; readonly signal: AbortSignal | undefined },
): Promise<Pick<ApiToken, 'token' | 'tokenType'>> {
  if (identity.kind === 'bearer') {
    if (!identity.token) throw loginRequired()
    return { token: identity.token, tokenType: 'Bearer' }
  }
  if (identity.subject === undefined) throw loginRequired()
  const { address, dialect } = vault.settings()
  if (dialect === 'auth0') {
    throw new ValetKeyError(
      'client_misconfigured',
      `With the 'auth0' dialect, give "myAccountToken": Auth0 exchanges no token for ${address.myAccountAudience}.`,
    )
  }
  const { token, tokenType } = await vault.exchangeForApi(
    {
      audience: address.myAccountAudience,
      scopes: [scope],
      subject: identity.subject,
      actor: undefined,
    },
    signal,
  )
  return { token: token.reveal(), tokenType }
}
