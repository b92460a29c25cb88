// #region agent
import { MemorySaver } from '@langchain/langgraph'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent } from 'langchain'
import * as z from 'zod'
import { calendarEvents } from './lib/tools/calendar-events.ts'

export const agent = createAgent({
  model: 'anthropic:claude-sonnet-5',
  tools: [calendarEvents],
  middleware: [valetKeyMiddleware()], // the first of them
  contextSchema: z.object({ user: z.string() }),
  checkpointer: new MemorySaver(), // SqliteSaver, PostgresSaver: a run survives its process
})
// #endregion
