import {
  connectChannelName,
  parseConnectMessage,
  type ParseInterruptOptions,
} from '@valetkey/core/interrupts'
import { type MouseEvent, useEffect, useReducer, useRef } from 'react'
import { attemptParameter, checkedBasePath, isOwnPath, linkOf, withParameter } from './app-link.ts'
import { attemptsOf, forgetAttemptsOf, newAttempt, rememberAttempt } from './attempts.ts'
import { openPopup, type Popup } from './popup.ts'
import { takeReturn } from './returned-attempt.ts'
import type { FailureCode } from './texts.ts'
import { currentPath, usePath } from './use-path.ts'
import type { ResumableInterrupt } from './use-interrupts.ts'

/** Options of {@link useConnectAccount}. */
export interface UseConnectAccountOptions extends ParseInterruptOptions {
  /** Where the app's routes of Valet Key are. Default `/api/valet-key`. */
  readonly basePath?: string | undefined
  /** `popup` (default) becomes `redirect` by itself where popups are blocked. */
  readonly mode?: 'popup' | 'redirect' | undefined
}

/** How far the user has come. */
export type ConnectPhase =
  | 'idle'
  /** In the other window. */
  | 'waiting'
  /** The other window seems to be closed, and has not said how it ended. */
  | 'unfinished'
  | 'failed'
  /** The call goes on. */
  | 'done'

/** What a component of your own needs to let the user do what an interrupt asks for. */
export interface ConnectAccountControl {
  readonly phase: ConnectPhase
  /** Why, in the phase `failed`. */
  readonly failure: FailureCode | undefined
  /** Where to send the user; `undefined` for what is done elsewhere. Render it as a real link. */
  readonly link: string | undefined
  /** For `onClick` of the link. Clicks that ask for a new tab are left to the browser. */
  readonly follow: (event: MouseEvent) => void
  /** The user says to be done, where no message says it. */
  readonly goOn: () => void
  readonly decline: () => void
  /** Closes the other window, and begins again. */
  readonly cancel: () => void
}

/**
 * Everything of `<ConnectAccount/>` but its looks: opens the popup (or goes there, where popups are
 * blocked), hears how it ended, and resumes the call. Nothing is asked again and again: the popup says
 * when it is done, and a return of the focus shows that it was closed.
 *
 * @throws TypeError for a `basePath` that leads elsewhere, or `connectOrigins` that are none
 */
export function useConnectAccount(
  pending: ResumableInterrupt,
  { basePath: ownBasePath, mode = 'popup', connectOrigins }: UseConnectAccountOptions = {},
): ConnectAccountControl {
  const basePath = checkedBasePath(ownBasePath)
  const { id: call, interrupt } = pending
  const [{ phase, failure }, dispatch] = useReducer(reduce, { phase: 'idle', failure: undefined })
  const popup = useRef<Popup>(undefined)
  const latest = useRef(pending)
  const here = usePath()
  const isLogin = interrupt.kind === 'login' || failure === 'login_required'
  const connection = interrupt.kind === 'connect' ? interrupt.connection : undefined
  const bare = isLogin ? `${basePath}/login` : linkOf(interrupt, basePath, { connectOrigins })
  const isOwn = bare !== undefined && isOwnPath(bare)

  useEffect(() => {
    latest.current = pending
  })
  const end = useRef((how: 'resume' | 'decline') => {
    forgetAttemptsOf(latest.current.id)
    dispatch({ phase: 'done' })
    latest.current[how]()
  })

  useEffect(() => {
    const returned = takeReturn(call)
    if (returned?.error !== undefined) dispatch({ phase: 'failed', failure: returned.error })
    else if (returned !== undefined) end.current('resume')
    else if (attemptsOf(call).at(-1)?.by === 'popup') dispatch({ phase: 'waiting' })
  }, [call])

  const isListening = connection !== undefined && phase !== 'idle' && phase !== 'done'
  useEffect(() => {
    if (!isListening) return
    const channel = new BroadcastChannel(connectChannelName)
    channel.onmessage = ({ data }) => {
      const message = parseConnectMessage(data)
      if (message === undefined || message.connection !== connection) return
      const attempts = attemptsOf(call)
      if (!attempts.some(({ id, by }) => id === message.popup && by === 'popup')) return
      if (message.error === undefined) end.current('resume')
      else if (attempts.at(-1)?.id === message.popup) {
        dispatch({ phase: 'failed', failure: message.error })
      }
    }
    return () => channel.close()
  }, [isListening, call, connection])

  useEffect(() => {
    if (phase !== 'waiting') return
    const look = (): void => {
      if (popup.current?.isOpen() === false) dispatch({ phase: 'unfinished' })
    }
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  }, [phase])

  return {
    phase,
    failure,
    link: isOwn && here !== undefined ? withParameter(bare, 'returnTo', here) : bare,
    follow: (event) => {
      if (bare === undefined || event.defaultPrevented || asksForNewTab(event)) return
      if (!isOwn) {
        dispatch({ phase: 'waiting' }) // the browser follows the link, and nothing will tell us
        return
      }
      event.preventDefault()
      if (phase === 'waiting' && popup.current?.isOpen() === true) {
        popup.current.focus()
        return
      }
      const attempt = newAttempt(call, 'popup')
      if (!isLogin && mode === 'popup') {
        rememberAttempt(attempt)
        popup.current = openPopup(
          withParameter(bare, 'popup', attempt.id),
          `valetkey-${attempt.id}`,
        )
        if (popup.current !== undefined) {
          dispatch({ phase: 'waiting' })
          return
        }
      }
      rememberAttempt({ ...attempt, by: 'redirect' })
      const returnTo = withParameter(currentPath(), attemptParameter, attempt.id)
      location.assign(withParameter(bare, 'returnTo', returnTo))
    },
    goOn: () => end.current('resume'),
    decline: () => end.current('decline'),
    cancel: () => {
      popup.current?.close()
      popup.current = undefined
      forgetAttemptsOf(call)
      dispatch({ phase: 'idle' })
    },
  }
}

interface State {
  readonly phase: ConnectPhase
  readonly failure?: FailureCode | undefined
}

function reduce(before: State, after: State): State {
  // What comes late (a second message, a focus) changes nothing any more.
  return before.phase === 'done' ? before : after
}

function asksForNewTab({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button !== 0 || metaKey || ctrlKey || shiftKey || altKey
}
