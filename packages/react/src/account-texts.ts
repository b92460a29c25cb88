import type { AccountEntry } from './account-list.ts'
import { type ConnectTexts, defaultTexts, fill, serviceName } from './texts.ts'
import type { AccountsFailure, ConnectedAccountsControl } from './use-connected-accounts.ts'

/** What `<ConnectedAccounts/>` says; `{account}` is where the account's name goes. Each may be replaced. */
export interface AccountTexts {
  /** Names the list for those who do not see it. */
  readonly title: string
  readonly loading: string
  readonly empty: string
  /** Of an account that has to be connected again. */
  readonly inactive: string
  readonly reconnect: string
  readonly disconnect: string
  readonly question: string
  readonly confirm: string
  readonly keep: string
  readonly disconnected: string
  readonly tryAgain: string
  readonly login: string
  readonly loginRequired: string
  readonly listFailed: string
  readonly disconnectFailed: string
  /** What went wrong when an account was connected, by code, with `{service}`. */
  readonly connectFailures: ConnectTexts['failures']
  /** Stands for `{service}` where it is not known. */
  readonly anyService: string
}

/** English. */
export const defaultAccountTexts: AccountTexts = {
  title: 'Connected accounts',
  loading: 'Loading your accounts…',
  empty: 'No account is connected.',
  inactive: 'Has to be connected again',
  reconnect: 'Reconnect',
  disconnect: 'Disconnect',
  question: 'Disconnect {account}? The app can no longer use it.',
  confirm: 'Yes, disconnect',
  keep: 'Keep it',
  disconnected: '{account} is disconnected.',
  tryAgain: 'Try again',
  login: 'Log in',
  loginRequired: 'Log in to see your accounts.',
  listFailed: 'Your accounts cannot be shown right now.',
  disconnectFailed: '{account} could not be disconnected. Try again.',
  connectFailures: defaultTexts.failures,
  anyService: 'The account',
}

/** What an account is called: as its provider does, or by its service. */
export function accountName(
  account: AccountEntry,
  names: Readonly<Record<string, string>> | undefined,
): string {
  return account.label ?? serviceName(account.connection, names)
}

/** How it stands with the list. */
export function accountsStatus(
  { accounts, failure, disconnected }: ConnectedAccountsControl,
  texts: AccountTexts,
  nameOf: (account: AccountEntry) => string,
): string {
  if (disconnected !== undefined) return fill(texts.disconnected, { account: nameOf(disconnected) })
  if (accounts === undefined) return failure === undefined ? texts.loading : ''
  return accounts.length === 0 ? texts.empty : ''
}

/** What went wrong, in a sentence. */
export function accountsFailure(
  failure: AccountsFailure | undefined,
  texts: AccountTexts,
  nameOf: (account: AccountEntry) => string,
): string {
  if (failure === undefined) return ''
  if (failure.code === 'login_required') return texts.loginRequired
  if (failure.step === 'disconnect') {
    return fill(texts.disconnectFailed, { account: nameOf(failure.account) })
  }
  if (failure.step === 'list') return texts.listFailed
  return fill(texts.connectFailures[failure.code], { service: texts.anyService })
}
