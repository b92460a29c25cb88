import {
  interruptsInParts,
  type MessagePart,
  type ParseInterruptOptions,
} from '@valetkey/core/interrupts'
import type { Answers, WaitingCall } from './waiting-call.ts'

/** What is read of `useChat` of the AI SDK, 5 to 7. */
export interface AiSdkChat {
  readonly status: string
  readonly messages: readonly AiSdkMessage[]
  /** Makes the last answer anew. */
  readonly regenerate: () => Promise<void>
  /** Without a message: goes on from the last answer. */
  readonly sendMessage: () => Promise<void>
  /** Absent in AI SDK 5. */
  readonly addToolApprovalResponse?:
    | ((response: { id: string; approved: boolean }) => unknown)
    | undefined
}

/** What is read of a message of a chat. */
export interface AiSdkMessage {
  readonly id: string
  readonly role: string
  readonly parts: readonly MessagePart[]
}

/** The calls of the last answer that wait for the user. */
export function callsOfChat(
  { messages }: AiSdkChat,
  options: ParseInterruptOptions,
): readonly WaitingCall[] {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return []
  return interruptsInParts(last.parts, options).map(({ interrupt, toolCallId, approvalId }) => ({
    id: toolCallId,
    pause: JSON.stringify([last.id, toolCallId, approvalId]),
    interrupt,
    approvalId,
  }))
}

/**
 * Tells the chat what the user decided, as far as it can be told by now; gives the calls that are
 * done with. An approval goes out at once, and the chat sends by itself when all are answered
 * (`sendAutomaticallyWhen`). A call without approval can only be made anew with the whole answer, so
 * that waits until nothing else does: a call that was approved meanwhile would run twice.
 */
export function settleChat(
  chat: AiSdkChat,
  calls: readonly WaitingCall[],
  answers: Answers,
): readonly WaitingCall[] {
  const answered = calls.filter(({ pause }) => answers.has(pause))
  const failed = calls.filter(({ approvalId }) => approvalId === undefined)
  if (failed.length === 0) {
    approve(chat, answered, answers)
    return answered
  }
  if (answered.length < calls.length || isChatBusy(chat)) return []
  if (failed.some(({ pause }) => answers.get(pause) === 'resume')) {
    void chat.regenerate()
  } else if (failed.length < calls.length) {
    approve(chat, answered, answers)
  } else {
    void chat.sendMessage()
  }
  return answered
}

function approve(chat: AiSdkChat, calls: readonly WaitingCall[], answers: Answers): void {
  for (const { approvalId, pause } of calls) {
    if (approvalId === undefined) continue
    void chat.addToolApprovalResponse?.({
      id: approvalId,
      approved: answers.get(pause) === 'resume',
    })
  }
}

function isChatBusy({ status }: AiSdkChat): boolean {
  return status === 'submitted' || status === 'streaming'
}
