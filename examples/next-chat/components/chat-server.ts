import { DefaultChatTransport } from 'ai'
import type { ChatMessage } from '../lib/tools.ts'
import { textOf } from './text-of.ts'

/** The server keeps the chat, so the page sends only what is new. */
export const chatTransport = new DefaultChatTransport<ChatMessage>({
  api: '/api/chat',
  prepareSendMessagesRequest: ({ messages, trigger }) => ({ body: whatIsNew(messages, trigger) }),
})

function whatIsNew(messages: readonly ChatMessage[], trigger: string): object {
  const last = messages.at(-1)
  if (trigger === 'regenerate-message') return { action: 'again' }
  if (last?.role !== 'user') return { action: 'go-on' }
  return { action: 'say', id: last.id, text: textOf(last) }
}

/** Keeps an answer to an interrupt, for a page that is left before the last one. @throws when the chat has gone on */
export async function saveAnswer({
  id,
  approved,
}: {
  readonly id: string
  readonly approved: boolean
}): Promise<void> {
  const response = await fetch('/api/chat', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ approvalId: id, approved }),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** Forgets the chat. @throws when that did not work */
export async function startAnew(): Promise<void> {
  const response = await fetch('/api/chat', { method: 'DELETE' })
  if (!response.ok) throw new Error(await response.text())
}
