import { type ReactNode, useEffect, useRef } from 'react'
import type { AccountEntry } from './account-list.ts'
import { AccountRow, accountSlots } from './account-row.tsx'
import {
  accountName,
  accountsFailure,
  accountsStatus,
  type AccountTexts,
  defaultAccountTexts,
} from './account-texts.ts'
import { checkedBasePath, connectLink, withParameter } from './app-link.ts'
import { partMaker, type SlotOptions } from './slots.ts'
import { serviceName } from './texts.ts'
import {
  type ConnectedAccountsControl,
  useConnectedAccounts,
  type UseConnectedAccountsOptions,
} from './use-connected-accounts.ts'
import { usePath } from './use-path.ts'

/** The parts of {@link ConnectedAccounts}, each with its element. */
export type ConnectedAccountsSlots = typeof slots

const slots = {
  ...accountSlots,
  list: 'ul',
  /** Said when the list is empty, is asked for, or has changed; read aloud. */
  status: 'p',
  /** What went wrong; read aloud at once. */
  failure: 'p',
  tryAgain: 'button',
  login: 'a',
} as const

/** Props of {@link ConnectedAccounts}. */
export interface ConnectedAccountsProps
  extends UseConnectedAccountsOptions, SlotOptions<ConnectedAccountsSlots> {
  readonly className?: string | undefined
  /** Sentences of your own, in another language for example. Default: English. */
  readonly texts?: Partial<AccountTexts> | undefined
  /** What people call a connection, such as `{ 'google-oauth2': 'Google' }`. */
  readonly serviceNames?: Readonly<Record<string, string>> | undefined
  /** Everything of your own: gets what `useConnectedAccounts` gives. */
  readonly children?: ((control: ConnectedAccountsControl) => ReactNode) | undefined
}

/**
 * The user's connected accounts, each with a way to disconnect it. Has no looks of its own;
 * `@valetkey/react/styles.css` has some.
 */
export function ConnectedAccounts({
  className,
  classNames,
  components,
  texts: ownTexts,
  serviceNames,
  children,
  ...options
}: ConnectedAccountsProps): ReactNode {
  const control = useConnectedAccounts(options)
  const { accounts, failure, disconnected, isBusy, disconnect, reload } = control
  const basePath = checkedBasePath(options.basePath)
  const texts = { ...defaultAccountTexts, ...ownTexts }
  const root = useRef<HTMLDivElement>(null)
  const here = usePath()
  const part = partMaker(slots, { classNames, components })
  const nameOf = (account: AccountEntry): string => accountName(account, serviceNames)
  const comeBack = (link: string): string =>
    here === undefined ? link : withParameter(link, 'returnTo', here)

  useEffect(() => {
    // What had the focus is gone with the account.
    if (disconnected !== undefined) root.current?.focus()
  }, [disconnected])

  return (
    <div
      ref={root}
      role="group"
      aria-label={texts.title}
      aria-busy={isBusy}
      tabIndex={-1}
      className={className}
      data-valetkey-accounts={accounts?.length ?? 'unknown'}
    >
      {children?.(control) ?? (
        <>
          {part('status', { role: 'status', children: accountsStatus(control, texts, nameOf) })}
          {part('failure', {
            role: 'alert',
            children: accountsFailure(failure, texts, nameOf),
          })}
          {failure?.code === 'login_required' &&
            part('login', { href: comeBack(`${basePath}/login`), children: texts.login })}
          {failure?.step === 'list' &&
            failure.code !== 'login_required' &&
            part('tryAgain', {
              type: 'button',
              onClick: () => void reload(),
              children: texts.tryAgain,
            })}
          {accounts !== undefined &&
            accounts.length > 0 &&
            part('list', {
              children: accounts.map((account) => (
                <AccountRow
                  key={account.id}
                  account={account}
                  service={serviceName(account.connection, serviceNames)}
                  name={nameOf(account)}
                  reconnectLink={comeBack(
                    connectLink(basePath, account.connection, account.scopes),
                  )}
                  texts={texts}
                  part={part}
                  disconnect={() => {
                    if (!isBusy) void disconnect(account)
                  }}
                />
              )),
            })}
        </>
      )}
    </div>
  )
}
