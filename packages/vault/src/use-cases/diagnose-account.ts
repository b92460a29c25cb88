import type { Account } from '../domain/account.ts'
import type { ProviderBehaviour } from '../domain/connection.ts'
import { decideRefresh } from '../domain/decide-refresh.ts'
import { failed, passed, type Verdict, warning } from '../domain/diagnosis.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import { explainAccountRefusal } from './explain-refusal.ts'
import { accountSealContext } from './seal-contexts.ts'

export interface DiagnoseAccountDependencies {
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
}

/** Whether an account's token could be handed out, whatever is asked of it. */
export async function diagnoseAccount(
  dependencies: DiagnoseAccountDependencies,
  { account, behaviour }: { readonly account: Account; readonly behaviour: ProviderBehaviour },
): Promise<readonly Verdict[]> {
  return [
    passed('account', `${account.id} is the one.`),
    checkState(account),
    await checkSealed(dependencies, account),
    checkLife(account, behaviour, dependencies.runtime.now()),
  ]
}

function checkState(account: Account): Verdict {
  const check = 'account_state'
  switch (account.state) {
    case 'active':
      return passed(check, 'It is active.')
    case 'uncertain':
      return warning(
        check,
        'A refresh ended without an answer, so that its refresh token may be spent.',
        'Nothing yet: the next refresh shows it. If it fails, the user connects again.',
      )
    case 'reauth_required':
    case 'revoked':
      return explainAccountRefusal(check, {
        reason: 'reconnect_required',
        why: account.reconnectReason ?? 'revoked',
      })
  }
}

/** Opened and thrown away. */
async function checkSealed(
  { sealer }: DiagnoseAccountDependencies,
  account: Account,
): Promise<Verdict> {
  const check = 'sealed_tokens'
  const { accessToken, refreshToken, generation } = account
  try {
    await sealer.open(accessToken, accountSealContext(account, 'access_token', generation))
    if (refreshToken !== undefined) {
      await sealer.open(refreshToken, accountSealContext(account, 'refresh_token', generation))
    }
    return passed(check, 'They open.')
  } catch (error) {
    return isUnreadable(error)
      ? failed(
          check,
          'They do not open: altered, moved, or their key is gone.',
          'Restore the row, or the key file. Otherwise the user disconnects and connects again.',
        )
      : failed(check, 'The key service does not answer.', 'Look at the log and at the key service.')
  }
}

function checkLife(account: Account, behaviour: ProviderBehaviour, now: number): Verdict {
  const check = 'token_life'
  const decision = decideRefresh({ account, behaviour, now, jitter: 0 })
  const { lastErrorCode } = account.refresh
  const last = lastErrorCode === undefined ? '' : ` The last refresh failed: ${lastErrorCode}.`
  switch (decision.act) {
    case 'serve':
      return passed(check, 'The stored access token is good.')
    case 'serve_and_refresh':
      return passed(check, `The stored access token is good and soon renewed.${last}`)
    case 'refresh':
      return passed(check, `The access token is renewed by the next exchange.${last}`)
    case 'wait':
      return failed(
        check,
        `It can be renewed in ${Math.ceil(decision.retryAfterSeconds)} s at the earliest.${last}`,
        'Wait. If it stays so, look at the check of the provider, and at its status page.',
      )
    case 'reconnect':
      return explainAccountRefusal(check, { reason: 'reconnect_required', why: decision.why })
  }
}
