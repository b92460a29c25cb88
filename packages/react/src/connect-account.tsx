import type { Interrupt } from '@valetkey/core/interrupts'
import { type ReactNode, type RefObject, useId, useRef } from 'react'
import { isOwnPath } from './app-link.ts'
import { partMaker, type SlotOptions } from './slots.ts'
import { type ConnectTexts, defaultTexts, fill, serviceName } from './texts.ts'
import {
  type ConnectAccountControl,
  type ConnectPhase,
  useConnectAccount,
  type UseConnectAccountOptions,
} from './use-connect-account.ts'
import { useFocusHandover } from './use-focus-handover.ts'
import type { ResumableInterrupt } from './use-interrupts.ts'

/** The parts of {@link ConnectAccount}, each with its element. */
export type ConnectAccountSlots = typeof slots

const slots = {
  /** What the user is asked to do. */
  message: 'p',
  /** How it stands; read aloud when it changes. */
  status: 'p',
  /** What went wrong; read aloud at once. */
  failure: 'p',
  /** Around the ways on. */
  actions: 'div',
  /** Leads to where it is done. */
  link: 'a',
  /** The user says to be done. */
  goOn: 'button',
  /** Goes on without. */
  decline: 'button',
} as const

/** Props of {@link ConnectAccount}. */
export interface ConnectAccountProps
  extends UseConnectAccountOptions, SlotOptions<ConnectAccountSlots> {
  /** One entry of `useInterrupts()`. */
  readonly pending: ResumableInterrupt
  readonly className?: string | undefined
  /** Sentences of your own, in another language for example. Default: English. */
  readonly texts?: Partial<ConnectTexts> | undefined
  /** What people call a connection, such as `{ 'google-oauth2': 'Google' }`. */
  readonly serviceNames?: Readonly<Record<string, string>> | undefined
  /** What gets the focus when this is gone and had it, and nothing else waits: the text box of a chat. */
  readonly focusAfter?: RefObject<HTMLElement | null> | undefined
  /** Everything of your own: gets what {@link useConnectAccount} gives. */
  readonly children?: ((control: ConnectAccountControl) => ReactNode) | undefined
}

/**
 * What a waiting call asks of its user, and the ways on: connect in a popup, log in, approve, or
 * continue without. Escape begins again. Has no looks of its own; `@valetkey/react/styles.css`
 * has some.
 */
export function ConnectAccount({
  pending,
  className,
  classNames,
  components,
  texts: ownTexts,
  serviceNames,
  focusAfter,
  children,
  ...options
}: ConnectAccountProps): ReactNode {
  const control = useConnectAccount(pending, options)
  const { phase, failure, link, follow, goOn, decline, cancel } = control
  const { interrupt } = pending
  const texts = { ...defaultTexts, ...ownTexts }
  const service =
    interrupt.kind === 'connect' ? serviceName(interrupt.connection, serviceNames) : ''
  const say = (text: string): string => fill(text, { service })
  const messageId = useId()
  const root = useRef<HTMLDivElement>(null)
  useFocusHandover(root, focusAfter)
  const part = partMaker(slots, { classNames, components })

  return (
    <div
      ref={root}
      role="group"
      aria-labelledby={children === undefined ? messageId : undefined}
      tabIndex={-1}
      className={className}
      data-valetkey-interrupt={interrupt.kind}
      data-valetkey-phase={phase}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || phase === 'idle' || phase === 'done') return
        event.stopPropagation()
        cancel()
        root.current?.focus()
      }}
    >
      {children?.(control) ?? (
        <>
          {part('message', { id: messageId, children: say(messageText(interrupt, texts)) })}
          {part('status', { role: 'status', children: say(statusText(phase, texts)) })}
          {part('failure', {
            role: 'alert',
            children: failure === undefined ? '' : say(texts.failures[failure]),
          })}
          {phase !== 'done' &&
            part('actions', {
              children: (
                <>
                  {link !== undefined &&
                    part('link', {
                      href: link,
                      // Another origin cannot tell this page that it is done, so this page stays.
                      ...(isOwnPath(link) ? {} : { target: '_blank', rel: 'noreferrer' }),
                      onClick: follow,
                      children: say(linkText(control, interrupt, texts)),
                    })}
                  {(phase === 'waiting' || interrupt.kind === 'approve') &&
                    part('goOn', { type: 'button', onClick: goOn, children: say(texts.goOn) })}
                  {part('decline', {
                    type: 'button',
                    onClick: decline,
                    children: say(texts.decline),
                  })}
                </>
              ),
            })}
        </>
      )}
    </div>
  )
}

/** The message of an approval is the app's. The others are ours: a tool can forge an interrupt. */
function messageText(interrupt: Interrupt, texts: ConnectTexts): string {
  return interrupt.kind === 'approve' ? interrupt.message : texts.messages[interrupt.reason]
}

function statusText(phase: ConnectPhase, texts: ConnectTexts): string {
  return phase === 'waiting' || phase === 'unfinished' || phase === 'done' ? texts[phase] : ''
}

function linkText(
  { phase, failure }: ConnectAccountControl,
  interrupt: Interrupt,
  texts: ConnectTexts,
): string {
  if (failure === 'login_required') return texts.links.login_required
  if (phase === 'waiting') return texts.openAgain
  if (phase === 'unfinished' || phase === 'failed' || interrupt.kind === 'approve') {
    return texts.tryAgain
  }
  return texts.links[interrupt.reason]
}
