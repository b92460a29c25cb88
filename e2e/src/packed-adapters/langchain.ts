import { isInterruptError } from '@valetkey/langchain'
import { agent } from './agent.ts'
import { calendarEvents } from './lib/tools/calendar-events.ts'

async function events(): Promise<unknown> {
  try {
    const context = { context: { user: 'demo' } }
    return { events: await calendarEvents.invoke({ date: '2026-01-01' }, context) }
  } catch (error) {
    if (isInterruptError(error)) return { interrupt: error.interrupt }
    throw error
  }
}

process.stdout.write(JSON.stringify({ canInvoke: typeof agent.invoke, outcome: await events() }))
