// #region route
import { interruptText, stopOnInterrupt } from '@valetkey/vercel-ai'
import { convertToModelMessages, stepCountIs, streamText, type UIMessage } from 'ai'
import { calendarEvents } from '../../../../lib/tools/calendar-events.ts'

const tools = { calendarEvents }

export async function POST(request: Request): Promise<Response> {
  const { messages } = (await request.json()) as { messages: UIMessage[] }
  const result = streamText({
    model: 'anthropic/claude-sonnet-5',
    tools,
    stopWhen: [stepCountIs(8), stopOnInterrupt()], // ends the run while its user has to connect
    messages: await convertToModelMessages(messages, { tools }), // a promise since 6
  })
  return result.toUIMessageStreamResponse({ onError: interruptText })
}
// #endregion
