// #region tool
import { createValetKey, fetchForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'

const google = process.env['GOOGLE_API_URL'] ?? 'https://www.googleapis.com'

export const valetKey = createValetKey({
  accessToken: () => process.env['USER_TOKEN'], // your login's token of the user
  connectUrl: '/connect',
})

export const calendarEvents = valetKey.withTokenForConnection(
  { connection: 'google-oauth2', scopes: ['https://www.googleapis.com/auth/calendar.events'] },
  tool({
    description: "Lists the events of a day in the user's Google Calendar",
    inputSchema: z.object({ date: z.iso.date() }),
    execute: async ({ date }) => {
      const events = `${google}/calendar/v3/calendars/primary/events?timeMin=${date}T00:00:00Z`
      return (await fetchForConnection()(events)).json()
    },
  }),
)
// #endregion
