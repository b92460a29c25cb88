import { fetchForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { eventsUrl } from '../provider-urls.ts'
import { readAnswer } from '../read-answer.ts'
import { withCalendarWriting } from '../valet-key.ts'
import { GoogleEvent, toCalendarEvent } from './calendar-event.ts'

export const addEvent = withCalendarWriting(
  tool({
    description: "Adds an event to the user's Google Calendar. Only when the user asked for it.",
    inputSchema: z.object({
      title: z.string(),
      startsAt: z.iso.datetime({ offset: true }),
      endsAt: z.iso.datetime({ offset: true }),
    }),
    execute: async ({ title, startsAt, endsAt }) => {
      const response = await fetchForConnection()(eventsUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          summary: title,
          start: { dateTime: startsAt },
          end: { dateTime: endsAt },
        }),
      })
      return { added: toCalendarEvent(await readAnswer(response, GoogleEvent)) }
    },
  }),
)
