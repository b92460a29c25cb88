import { randomUUID } from 'node:crypto'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { fakeModel } from 'langchain'

/** As often as one process may ask it. */
const answers = 8

/** A model that sends one mail, so that the demo needs no key and no network. */
export function scriptedModel(): BaseChatModel {
  const model = fakeModel()
  for (let i = 0; i < answers; i += 1) model.respond(answer)
  return model
}

function answer(messages: readonly BaseMessage[]): AIMessage {
  const last = messages.at(-1)
  if (last?.type === 'tool') return new AIMessage(`Done: ${last.text}`)
  const args = { to: 'bob@example.com', subject: 'Lunch on Friday', text: 'At noon, as always?' }
  return new AIMessage({ content: '', tool_calls: [{ id: randomUUID(), name: 'sendMail', args }] })
}
