import type { Interrupt } from '@valetkey/core/interrupts'
import {
  type ComponentPropsWithoutRef,
  type ElementType,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useId,
  useRef,
} from 'react'
import { isOwnPath } from './app-link.ts'
import { useFocusHandover } from './use-focus-handover.ts'
import { defaultServiceNames, defaultTexts, fill, type ConnectTexts } from './texts.ts'
import {
  type ConnectAccountControl,
  type ConnectPhase,
  useConnectAccount,
  type UseConnectAccountOptions,
} from './use-connect-account.ts'
import type { ResumableInterrupt } from './use-interrupts.ts'

/** The parts of {@link ConnectAccount} that can be replaced or given a class. */
export interface ConnectAccountSlots {
  /** What the user is asked to do. */
  readonly message: 'p'
  /** How it stands; read aloud when it changes. */
  readonly status: 'p'
  /** What went wrong; read aloud at once. */
  readonly failure: 'p'
  /** Around the ways on. */
  readonly actions: 'div'
  /** Leads to where it is done. */
  readonly link: 'a'
  /** The user says to be done. */
  readonly goOn: 'button'
  /** Goes on without. */
  readonly decline: 'button'
}

/** Components of your own: each gets the props of the element that it stands for, and must pass them on. */
export type ConnectAccountComponents = {
  readonly [Slot in keyof ConnectAccountSlots]?:
    | ((props: ComponentPropsWithoutRef<ConnectAccountSlots[Slot]>) => ReactNode)
    | undefined
}

/** Props of {@link ConnectAccount}. */
export interface ConnectAccountProps extends UseConnectAccountOptions {
  /** One entry of `useInterrupts()`. */
  readonly pending: ResumableInterrupt
  readonly className?: string | undefined
  /** Class names by slot. */
  readonly classNames?:
    | { readonly [Slot in keyof ConnectAccountSlots]?: string | undefined }
    | undefined
  readonly components?: ConnectAccountComponents | undefined
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
 * continue without. Has no looks of its own; `@valetkey/react/styles.css` has some.
 */
export function ConnectAccount({
  pending,
  className,
  classNames = {},
  components = {},
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
  const service = serviceOf(interrupt, serviceNames)
  const messageId = useId()
  const root = useRef<HTMLDivElement>(null)
  useFocusHandover(root, focusAfter)

  const slot = <Slot extends keyof ConnectAccountSlots>(
    name: Slot,
  ): { readonly className?: string; readonly 'data-valetkey-slot': Slot } => {
    const own = classNames[name]
    return { 'data-valetkey-slot': name, ...(own === undefined ? {} : { className: own }) }
  }
  const Message: ElementType = components.message ?? 'p'
  const Status: ElementType = components.status ?? 'p'
  const Failure: ElementType = components.failure ?? 'p'
  const Actions: ElementType = components.actions ?? 'div'
  const Link: ElementType = components.link ?? 'a'
  const GoOn: ElementType = components.goOn ?? 'button'
  const Decline: ElementType = components.decline ?? 'button'

  return (
    <div
      ref={root}
      role="group"
      aria-labelledby={messageId}
      tabIndex={-1}
      className={className}
      data-valetkey-interrupt={interrupt.kind}
      data-valetkey-phase={phase}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== 'Escape' || phase === 'idle' || phase === 'done') return
        event.stopPropagation()
        cancel()
        root.current?.focus()
      }}
    >
      {children?.(control) ?? (
        <>
          <Message id={messageId} {...slot('message')}>
            {interrupt.kind === 'approve'
              ? interrupt.message
              : fill(texts.messages[interrupt.reason], service)}
          </Message>
          <Status role="status" {...slot('status')}>
            {fill(statusText(phase, texts), service)}
          </Status>
          <Failure role="alert" {...slot('failure')}>
            {failure === undefined ? '' : fill(texts.failures[failure], service)}
          </Failure>
          {phase !== 'done' && (
            <Actions {...slot('actions')}>
              {link !== undefined && (
                <Link href={link} onClick={follow} {...elsewhere(link)} {...slot('link')}>
                  {fill(linkText(interrupt, phase, texts), service)}
                </Link>
              )}
              {(phase === 'waiting' || interrupt.kind === 'approve') && (
                <GoOn type="button" onClick={goOn} {...slot('goOn')}>
                  {fill(texts.goOn, service)}
                </GoOn>
              )}
              <Decline type="button" onClick={decline} {...slot('decline')}>
                {fill(texts.decline, service)}
              </Decline>
            </Actions>
          )}
        </>
      )}
    </div>
  )
}

function serviceOf(
  interrupt: Interrupt,
  names: Readonly<Record<string, string>> | undefined,
): string {
  if (interrupt.kind !== 'connect') return ''
  const known = { ...defaultServiceNames, ...names }
  return Object.hasOwn(known, interrupt.connection)
    ? (known[interrupt.connection] ?? interrupt.connection)
    : interrupt.connection
}

/** Another origin cannot tell this page that it is done, so this page stays where it is. */
function elsewhere(link: string): { readonly target?: '_blank'; readonly rel?: 'noreferrer' } {
  return isOwnPath(link) ? {} : { target: '_blank', rel: 'noreferrer' }
}

function statusText(phase: ConnectPhase, texts: ConnectTexts): string {
  if (phase === 'waiting' || phase === 'unfinished' || phase === 'done') return texts[phase]
  return ''
}

function linkText(interrupt: Interrupt, phase: ConnectPhase, texts: ConnectTexts): string {
  if (phase === 'waiting') return texts.openAgain
  if (phase === 'unfinished' || phase === 'failed' || interrupt.kind === 'approve') {
    return texts.tryAgain
  }
  return texts.links[interrupt.reason]
}
