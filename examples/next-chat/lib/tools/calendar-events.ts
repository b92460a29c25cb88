import { fetchForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { eventsUrl } from '../provider-urls.ts'
import { readAnswer } from '../read-answer.ts'
import { withCalendarReading } from '../valet-key.ts'
import { GoogleEvent, toCalendarEvent } from './calendar-event.ts'

const Answer = z.object({ items: z.array(GoogleEvent) })

export const calendarEvents = withCalendarReading(
  tool({
    description: "Lists the events of a day in the user's Google Calendar",
    inputSchema: z.object({ date: z.iso.date() }),
    execute: async ({ date }) => {
      const day = new URLSearchParams({
        timeMin: `${date}T00:00:00Z`,
        timeMax: `${date}T23:59:59Z`,
        singleEvents: 'true',
        orderBy: 'startTime',
      })
      const { items } = await readAnswer(await fetchForConnection()(`${eventsUrl}?${day}`), Answer)
      return { events: items.map(toCalendarEvent) }
    },
  }),
)
