import type { Interrupt, ParseInterruptOptions } from '@valetkey/core/interrupts'
import { useEffect, useReducer, useState } from 'react'
import { type AiSdkChat, callsOfChat, settleChat } from './ai-sdk-chat.ts'
import {
  callsOfStream,
  type LangChainStream,
  type LangGraphStream,
  settleStream,
} from './langgraph-stream.ts'
import type { Answer, Answers, WaitingCall } from './waiting-call.ts'

/** A call that waits for its user, with the ways on. */
export interface ResumableInterrupt {
  /** Names the call: the tool call's id, or LangGraph's id of the interrupt. */
  readonly id: string
  readonly interrupt: Interrupt
  /** The user is done: the call goes on. The server checks again, whatever the browser says. */
  readonly resume: () => void
  /** The user will not: the agent is told, and goes on without. */
  readonly decline: () => void
}

/** What `useChat` (AI SDK 5 to 7) or `useStream` (LangGraph, LangChain) gives. */
export type InterruptSource = AiSdkChat | LangGraphStream | LangChainStream

/** Options of {@link useInterrupts}. */
export interface UseInterruptsOptions extends ParseInterruptOptions {}

/**
 * The calls that wait for their user, any number at once, in their order. Several are answered one by
 * one, in any order; the run goes on when the last of them is. The list and its entries stay the same
 * objects while nothing about them changes.
 *
 * With approvals (AI SDK 7) give `useChat`
 * `sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses`.
 *
 * @throws TypeError for `connectOrigins` that are none
 */
export function useInterrupts(
  chat: InterruptSource,
  options: UseInterruptsOptions = {},
): readonly ResumableInterrupt[] {
  const [{ answers, settled }, dispatch] = useReducer(reduce, start)
  const [keep] = useState(() =>
    listKeeper((pause, answer) => dispatch({ type: 'answered', pause, answer })),
  )
  const calls = callsOf(chat, options).filter(({ pause }) => !settled.has(pause))

  useEffect(() => {
    if (!calls.some(({ pause }) => answers.has(pause))) return
    if (isAiSdkChat(chat)) {
      const done = settleChat(chat, calls, answers)
      if (done.length > 0) dispatch({ type: 'settled', calls: done })
      return
    }
    const resumed = settleStream(chat, calls, answers)
    if (resumed === undefined) return
    dispatch({ type: 'settled', calls: resumed.calls })
    // A graph names the next pause of a call as it named this one. (A chat does not, and keeps what
    // was declined in its message.)
    void resumed.run.finally(() => dispatch({ type: 'ended', calls: resumed.calls }))
  })

  return keep(calls.filter(({ pause }) => !answers.has(pause)))
}

interface State {
  readonly answers: Answers
  readonly settled: ReadonlySet<string>
}

type Action =
  | { readonly type: 'answered'; readonly pause: string; readonly answer: Answer }
  | { readonly type: 'settled'; readonly calls: readonly WaitingCall[] }
  | { readonly type: 'ended'; readonly calls: readonly WaitingCall[] }

const start: State = { answers: new Map(), settled: new Set() }

function reduce(state: State, action: Action): State {
  if (action.type === 'answered') {
    return { ...state, answers: new Map(state.answers).set(action.pause, action.answer) }
  }
  const pauses = action.calls.map(({ pause }) => pause)
  if (action.type === 'settled') {
    return { ...state, settled: new Set([...state.settled, ...pauses]) }
  }
  return {
    answers: new Map([...state.answers].filter(([pause]) => !pauses.includes(pause))),
    settled: new Set([...state.settled].filter((pause) => !pauses.includes(pause))),
  }
}

function isAiSdkChat(chat: InterruptSource): chat is AiSdkChat {
  return 'regenerate' in chat
}

function callsOf(chat: InterruptSource, options: ParseInterruptOptions): readonly WaitingCall[] {
  return isAiSdkChat(chat) ? callsOfChat(chat, options) : callsOfStream(chat, options)
}

/** Makes the list of each rendering from the one before, as far as they say the same. */
function listKeeper(
  answer: (pause: string, answer: Answer) => void,
): (calls: readonly WaitingCall[]) => readonly ResumableInterrupt[] {
  let kept: readonly (readonly [text: string, entry: ResumableInterrupt])[] = []
  let list: readonly ResumableInterrupt[] = []
  return (calls) => {
    const texts = calls.map((call) => JSON.stringify(call))
    if (texts.length === kept.length && texts.every((text, i) => text === kept[i]?.[0])) return list
    const before = new Map(kept)
    kept = calls.map(({ id, pause, interrupt }, i) => {
      const text = texts[i] ?? ''
      const entry = before.get(text) ?? {
        id,
        interrupt,
        resume: () => answer(pause, 'resume'),
        decline: () => answer(pause, 'decline'),
      }
      return [text, entry]
    })
    list = kept.map(([, entry]) => entry)
    return list
  }
}
