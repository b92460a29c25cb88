import { connectChannelName, parseConnectMessage } from '@valetkey/core/interrupts'
import { useCallback, useEffect, useReducer } from 'react'
import { type AccountEntry, errorCodeIn, parseAccountList } from './account-list.ts'
import { checkedBasePath } from './app-link.ts'
import { takeError } from './returned-attempt.ts'
import { browserRuntime } from './runtime.ts'
import { type FailureCode, parseErrorCode } from './texts.ts'

/** Options of {@link useConnectedAccounts}. */
export interface UseConnectedAccountsOptions {
  /** Where the app's routes of Valet Key are. Default `/api/valet-key`. */
  readonly basePath?: string | undefined
  /** What a server rendered with; the list is not asked for again until something changes. */
  readonly initialAccounts?: readonly AccountEntry[] | undefined
}

/** After that long without an answer, the user is told. */
const patienceSeconds = 20

/** What failed. */
export type AccountsFailure =
  | { readonly step: 'list' | 'connect'; readonly code: FailureCode }
  | { readonly step: 'disconnect'; readonly code: FailureCode; readonly account: AccountEntry }

/** The user's accounts, and what can be done with them. */
export interface ConnectedAccountsControl {
  /** `undefined` until they are known. */
  readonly accounts: readonly AccountEntry[] | undefined
  readonly failure: AccountsFailure | undefined
  /** The account that was disconnected last. */
  readonly disconnected: AccountEntry | undefined
  readonly isBusy: boolean
  readonly disconnect: (account: AccountEntry) => Promise<void>
  readonly reload: () => Promise<void>
}

/**
 * Everything of `<ConnectedAccounts/>` but its looks, over the app's own routes: `GET accounts` and
 * `POST disconnect`. Asks again when a popup of the app has connected an account, and not otherwise.
 *
 * @throws TypeError for a `basePath` that leads elsewhere
 */
export function useConnectedAccounts({
  basePath: ownBasePath,
  initialAccounts,
}: UseConnectedAccountsOptions = {}): ConnectedAccountsControl {
  const basePath = checkedBasePath(ownBasePath)
  const [state, dispatch] = useReducer(reduce, { ...initial, accounts: initialAccounts })

  const reload = useCallback(async () => {
    dispatch({ type: 'asked' })
    const answer = await ask(`${basePath}/accounts`)
    const accounts = answer.ok ? parseAccountList(answer.body) : undefined
    if (accounts !== undefined) dispatch({ type: 'listed', accounts })
    else dispatch({ type: 'failed', failure: { step: 'list', code: codeOf(answer) } })
  }, [basePath])

  const disconnect = useCallback(
    async (account: AccountEntry) => {
      dispatch({ type: 'asked' })
      const answer = await ask(`${basePath}/disconnect`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ accountId: account.id }),
      })
      if (answer.ok) dispatch({ type: 'disconnected', account })
      else {
        const failure = { step: 'disconnect', code: codeOf(answer), account } as const
        dispatch({ type: 'failed', failure })
      }
    },
    [basePath],
  )

  const isGiven = initialAccounts !== undefined
  useEffect(() => {
    if (!isGiven) void reload()
  }, [isGiven, reload])
  useEffect(() => {
    const code = takeError()
    if (code !== undefined) dispatch({ type: 'failed', failure: { step: 'connect', code } })
  }, [])
  useEffect(() => {
    const channel = new BroadcastChannel(connectChannelName)
    channel.onmessage = ({ data }) => {
      const message = parseConnectMessage(data)
      if (message !== undefined && message.error === undefined) void reload()
    }
    return () => channel.close()
  }, [reload])

  return { ...state, disconnect, reload }
}

interface State {
  readonly accounts: readonly AccountEntry[] | undefined
  readonly failure: AccountsFailure | undefined
  readonly disconnected: AccountEntry | undefined
  readonly isBusy: boolean
}

type Action =
  | { readonly type: 'asked' }
  | { readonly type: 'listed'; readonly accounts: readonly AccountEntry[] }
  | { readonly type: 'disconnected'; readonly account: AccountEntry }
  | { readonly type: 'failed'; readonly failure: AccountsFailure }

const initial = { failure: undefined, disconnected: undefined, isBusy: false } as const

function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'asked':
      return {
        ...state,
        failure: keptFailure(state.failure),
        disconnected: undefined,
        isBusy: true,
      }
    case 'listed':
      return { ...state, accounts: action.accounts, isBusy: false }
    case 'disconnected':
      return {
        ...state,
        accounts: state.accounts?.filter(({ id }) => id !== action.account.id),
        disconnected: action.account,
        isBusy: false,
      }
    case 'failed':
      return {
        ...state,
        failure: action.failure,
        isBusy: state.isBusy && action.failure.step === 'connect',
      }
  }
}

/** The first list is asked for while a failure to connect is said. */
function keptFailure(failure: AccountsFailure | undefined): AccountsFailure | undefined {
  return failure?.step === 'connect' ? failure : undefined
}

interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly body: unknown
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  try {
    const response = await browserRuntime.fetch(url, {
      cache: 'no-store',
      signal: AbortSignal.timeout(patienceSeconds * 1000),
      ...init,
    })
    const { ok, status } = response
    return { ok, status, body: await response.json().catch(() => undefined) }
  } catch {
    return { ok: false, status: 0, body: undefined } // no network, or no app: the user is told
  }
}

function codeOf({ status, body }: Answer): FailureCode {
  if (status === 401) return 'login_required'
  return parseErrorCode(errorCodeIn(body) ?? '')
}
