// #region route
import { interruptText, stopOnInterrupt } from '@valetkey/vercel-ai'
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  stepCountIs,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from 'ai'
import { calendarEvents } from '../../../lib/tools/calendar-events.ts'
import { valetKey } from '../../../lib/valet-key.ts'

const tools = { calendarEvents }

export async function POST(request: Request): Promise<Response> {
  const { messages } = (await request.json()) as { messages: UIMessage[] }
  const result = streamText({
    model: 'anthropic/claude-sonnet-5',
    tools,
    toolApproval: valetKey.toolApproval(tools), // pauses a call while its user has to connect
    stopWhen: [stepCountIs(8), stopOnInterrupt()],
    messages: await convertToModelMessages(messages, { tools }),
  })
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({ stream: result.stream, onError: interruptText }),
  })
}
// #endregion
