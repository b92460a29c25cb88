import type { ModelMessage } from 'ai'

/** A tool call of a conversation. */
export interface Call {
  readonly id: string
  readonly name: string
  readonly input: unknown
}

/** The tool calls that the model asked for, in order. */
export function callsOf(messages: readonly ModelMessage[]): readonly Call[] {
  return messages.flatMap((message) => {
    if (message.role !== 'assistant' || typeof message.content === 'string') return []
    return message.content.flatMap((part) =>
      part.type === 'tool-call'
        ? [{ id: part.toolCallId, name: part.toolName, input: part.input }]
        : [],
    )
  })
}

/** Ids of the tool calls that have a result, errors not counted. */
export function answeredIds(messages: readonly ModelMessage[]): readonly string[] {
  return messages.flatMap((message) => {
    if (message.role !== 'tool') return []
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'json' ? [part.toolCallId] : [],
    )
  })
}
