import { isToolUIPart } from 'ai'
import type { ChatMessage } from './tools.ts'

/** What the user does with an interrupt. */
export interface Answer {
  readonly approvalId: string
  readonly approved: boolean
}

/** The user says something; calls that still wait for the user are given up with that. */
export function withQuestion(
  messages: readonly ChatMessage[],
  { id, text }: { readonly id: string; readonly text: string },
): ChatMessage[] {
  const settled = messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => {
      const waits =
        isToolUIPart(part) &&
        (part.state === 'approval-requested' || part.state === 'approval-responded')
      if (!waits) return part
      const approval = { ...part.approval, approved: false as const }
      return { ...part, state: 'output-denied' as const, approval }
    }),
  }))
  return [...settled, { id, role: 'user', parts: [{ type: 'text', text }] }]
}

/** The user answers one interrupt; `undefined` when nothing in the chat waits for this answer. */
export function withAnswer(
  messages: readonly ChatMessage[],
  { approvalId, approved }: Answer,
): ChatMessage[] | undefined {
  const last = messages.at(-1)
  let isFound = false
  const parts = last?.parts.map((part) => {
    const isMeant =
      isToolUIPart(part) && part.state === 'approval-requested' && part.approval.id === approvalId
    if (!isMeant) return part
    isFound = true
    const approval = { ...part.approval, approved }
    return { ...part, state: 'approval-responded' as const, approval }
  })
  if (last === undefined || parts === undefined || !isFound) return undefined
  return [...messages.slice(0, -1), { ...last, parts }]
}

/** The chat as it is, when its last answer can go on: nothing in it waits any more. */
export function withNothingWaiting(messages: readonly ChatMessage[]): ChatMessage[] | undefined {
  const last = messages.at(-1)
  const waits = last?.parts.some(
    (part) => isToolUIPart(part) && part.state === 'approval-requested',
  )
  return last?.role === 'assistant' && waits === false ? [...messages] : undefined
}

/** The chat before its last answer: the question is asked again. */
export function withoutAnswer(messages: readonly ChatMessage[]): ChatMessage[] | undefined {
  const question = messages.findLastIndex(({ role }) => role === 'user')
  return question === -1 ? undefined : messages.slice(0, question + 1)
}
