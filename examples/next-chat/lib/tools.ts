import type { InferUITools, UIDataTypes, UIMessage } from 'ai'
import { addEvent } from './tools/add-event.ts'
import { calendarEvents } from './tools/calendar-events.ts'
import { myRepositories } from './tools/my-repositories.ts'
import { slackMessages } from './tools/slack-messages.ts'

/** What the assistant can do. */
export const tools = { calendarEvents, addEvent, slackMessages, myRepositories }

/** A message of the chat, as it is shown and stored. */
export type ChatMessage = UIMessage<unknown, UIDataTypes, InferUITools<typeof tools>>

/** A part of one. */
export type ChatPart = ChatMessage['parts'][number]

/** A tool call, in whatever state it is. */
export type ToolPart = Extract<ChatPart, { readonly type: `tool-${string}` }>
