import { type ReactNode, useId, useState } from 'react'
import type { AccountEntry } from './account-list.ts'
import type { AccountTexts } from './account-texts.ts'
import type { MakePart } from './slots.ts'
import { fill } from './texts.ts'

/** The parts of one account of `<ConnectedAccounts/>`, each with its element. */
export const accountSlots = {
  account: 'li',
  /** The name of the service. */
  service: 'span',
  /** The name of the account at the service. */
  label: 'span',
  /** Said of an account that has to be connected again. */
  state: 'span',
  /** Around the ways on. */
  actions: 'div',
  reconnect: 'a',
  disconnect: 'button',
  /** Asked before anything is disconnected. */
  question: 'p',
  confirm: 'button',
  keep: 'button',
} as const

/** Props of {@link AccountRow}. */
export interface AccountRowProps {
  readonly account: AccountEntry
  readonly service: string
  readonly name: string
  readonly reconnectLink: string
  readonly texts: AccountTexts
  readonly part: MakePart<typeof accountSlots>
  readonly disconnect: () => void
}

/** One account, which asks before it is disconnected. */
export function AccountRow({
  account: { connection, label, state },
  service,
  name,
  reconnectLink,
  texts,
  part,
  disconnect,
}: AccountRowProps): ReactNode {
  const [step, setStep] = useState<'untouched' | 'asked' | 'kept'>('untouched')
  const id = useId()
  const isActive = state === undefined || state === 'active'
  const button = { type: 'button' } as const

  return part('account', {
    'data-valetkey-connection': connection,
    'data-valetkey-state': state,
    onKeyDown: ({ key }) => {
      if (key === 'Escape' && step === 'asked') setStep('kept')
    },
    children: (
      <>
        {part('service', { id: `${id}service`, children: service })}
        {label !== undefined && part('label', { id: `${id}label`, children: label })}
        {!isActive && part('state', { children: texts.inactive })}
        {step === 'asked' &&
          part('question', { children: fill(texts.question, { account: name }) })}
        {part('actions', {
          children:
            step === 'asked' ? (
              <>
                {part('confirm', { ...button, onClick: disconnect, children: texts.confirm })}
                {part('keep', {
                  ...button,
                  autoFocus: true,
                  onClick: () => setStep('kept'),
                  children: texts.keep,
                })}
              </>
            ) : (
              <>
                {!isActive && part('reconnect', { href: reconnectLink, children: texts.reconnect })}
                {part('disconnect', {
                  ...button,
                  id: `${id}disconnect`,
                  'aria-labelledby': `${id}disconnect ${id}service ${id}label`,
                  // It is back where the question was, and so is the focus.
                  autoFocus: step === 'kept',
                  onClick: () => setStep('asked'),
                  children: texts.disconnect,
                })}
              </>
            ),
        })}
      </>
    ),
  })
}
