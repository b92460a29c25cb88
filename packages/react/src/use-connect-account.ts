import {
  connectChannelName,
  parseConnectMessage,
  type ParseInterruptOptions,
} from '@valetkey/core/interrupts'
import { type MouseEvent, useEffect, useReducer, useRef } from 'react'
import { attemptParameter, checkedBasePath, isOwnPath, linkOf, withParameter } from './app-link.ts'
import {
  type Attempt,
  attemptsOf,
  forgetAttemptsOf,
  newAttempt,
  rememberAttempt,
} from './attempts.ts'
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
  /** Begins again; closes the other window where the browser allows it. */
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
  const [state, dispatch] = useReducer(reduce, { phase: 'idle', pending })
  const { phase, failure } = isAbout(state, pending) ? state : idle
  const popup = useRef<Popup>(undefined)
  const opened = useRef<readonly Attempt[]>([])
  const latest = useRef(pending)
  const here = usePath()
  const isLogin = interrupt.kind === 'login' || failure === 'login_required'
  const connection = interrupt.kind === 'connect' ? interrupt.connection : undefined
  const bare = isLogin ? `${basePath}/login` : linkOf(interrupt, basePath, { connectOrigins })
  const isOwn = bare !== undefined && isOwnPath(bare)

  useEffect(() => {
    latest.current = pending
  })
  const { to, end, forget } = useRef({
    to: (phase: ConnectPhase, why?: FailureCode) =>
      dispatch({ phase, failure: why, pending: latest.current }),
    end: (how: 'resume' | 'decline') => {
      forget()
      to('done')
      latest.current[how]()
    },
    forget: () => {
      opened.current = []
      forgetAttemptsOf(latest.current.id)
    },
  }).current

  useEffect(() => {
    const returned = takeReturn(call)
    if (returned?.error !== undefined) to('failed', returned.error)
    else if (returned !== undefined) end('resume')
    else if (attemptsOf(call).at(-1)?.by === 'popup') to('waiting')
  }, [call, to, end])

  const isListening = connection !== undefined && phase !== 'idle' && phase !== 'done'
  useEffect(() => {
    if (!isListening) return
    const channel = new BroadcastChannel(connectChannelName)
    channel.onmessage = ({ data }) => {
      const message = parseConnectMessage(data)
      if (message === undefined || message.connection !== connection) return
      // Where nothing can be stored, the page itself still knows what it has opened.
      const attempts = [...attemptsOf(call), ...opened.current]
      if (!attempts.some(({ id, by }) => id === message.popup && by === 'popup')) return
      if (message.error === undefined) end('resume')
      else if (attempts.at(-1)?.id === message.popup) to('failed', message.error)
    }
    return () => channel.close()
  }, [isListening, call, connection, to, end])

  useEffect(() => {
    if (phase !== 'waiting') return
    const look = (): void => {
      if (popup.current?.isOpen() === false) to('unfinished')
    }
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  }, [phase, to])

  return {
    phase,
    failure,
    link: isOwn && here !== undefined ? withParameter(bare, 'returnTo', here) : bare,
    follow: (event) => {
      if (bare === undefined || event.defaultPrevented || asksForNewTab(event)) return
      if (!isOwn) {
        to('waiting') // the browser follows the link, and nothing will tell us
        return
      }
      event.preventDefault()
      popup.current?.close()
      const attempt = newAttempt(call, 'popup')
      if (!isLogin && mode === 'popup') {
        rememberAttempt(attempt)
        opened.current = [...opened.current, attempt]
        popup.current = openPopup(
          withParameter(bare, 'popup', attempt.id),
          `valetkey-${attempt.id}`,
        )
        if (popup.current !== undefined) {
          to('waiting')
          return
        }
      }
      rememberAttempt({ ...attempt, by: 'redirect' })
      const returnTo = withParameter(currentPath(), attemptParameter, attempt.id)
      location.assign(withParameter(bare, 'returnTo', returnTo))
    },
    goOn: () => end('resume'),
    decline: () => end('decline'),
    cancel: () => {
      popup.current?.close()
      popup.current = undefined
      forget()
      to('idle')
    },
  }
}

interface State {
  readonly phase: ConnectPhase
  readonly failure?: FailureCode | undefined
  /** What it is said of. */
  readonly pending: ResumableInterrupt
}

const idle = { phase: 'idle', failure: undefined } as const

/** A component may be given the next call, or the same one that waits again. */
function isAbout(state: State, pending: ResumableInterrupt): boolean {
  return state.pending.id === pending.id && (state.phase !== 'done' || state.pending === pending)
}

function reduce(before: State, after: State): State {
  // What comes late (a second message, a focus) changes nothing any more.
  return before.phase === 'done' && before.pending === after.pending ? before : after
}

function asksForNewTab({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button !== 0 || metaKey || ctrlKey || shiftKey || altKey
}
