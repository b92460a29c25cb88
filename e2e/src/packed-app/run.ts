import { isInterruptError } from '@valetkey/vercel-ai'
import { calendarEvents } from './lib/tools/calendar-events'

Object.assign(globalThis, {
  eventsUrl: (date: string) =>
    `${process.env['GOOGLE_API_URL']}/calendar/v3/calendars/primary/events?timeMin=${date}T00:00:00Z`,
})

async function run(): Promise<unknown> {
  const call = { toolCallId: 'call_1', messages: [], context: {} }
  try {
    return { events: await calendarEvents.execute({ date: '2026-01-01' }, call) }
  } catch (error) {
    if (isInterruptError(error)) return { interrupt: error.interrupt }
    throw error
  }
}

// CommonJS has no await at the top; an error ends the process, with its stack.
void run().then((answer) => {
  process.stdout.write(JSON.stringify(answer))
})
