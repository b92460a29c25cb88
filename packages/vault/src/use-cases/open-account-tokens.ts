import type { Account } from '../domain/account.ts'
import type { Logger } from '../ports/logger.ts'
import type { Sealer } from '../ports/sealer.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'
import { accountSealContext } from './seal-contexts.ts'

export interface AccountTokens {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
}

/**
 * The tokens of an account that is about to lose them. `undefined`, with a log line, when nobody can open them any more
 * (a destroyed key): that must stop neither a disconnect nor a reconnect.
 * @throws what the sealer throws while keys are away: then the account must stay, or its tokens would outlive it.
 */
export async function openAccountTokens(
  { sealer, logger }: { readonly sealer: Sealer; readonly logger: Logger },
  account: Account,
): Promise<AccountTokens | undefined> {
  const { accessToken, refreshToken, generation } = account
  try {
    return {
      accessToken: await sealer.open(
        accessToken,
        accountSealContext(account, 'access_token', generation),
      ),
      refreshToken:
        refreshToken &&
        (await sealer.open(refreshToken, accountSealContext(account, 'refresh_token', generation))),
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    logger.warn('Tokens could not be opened, so they stay unrevoked at the provider', {
      accountId: account.id,
      connection: account.connection,
      generation,
      error,
    })
    return undefined
  }
}
