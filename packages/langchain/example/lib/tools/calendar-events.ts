// #region tool
import { tool } from '@langchain/core/tools'
import { fetchForConnection } from '@valetkey/langchain'
import * as z from 'zod'
import { withGoogleCalendar } from '../valet-key.ts'

const google = process.env['GOOGLE_API_URL'] ?? 'https://www.googleapis.com'

export const calendarEvents = withGoogleCalendar(
  tool(
    async ({ date }) => {
      const url = new URL(`${google}/calendar/v3/calendars/primary/events`)
      url.searchParams.set('timeMin', `${date}T00:00:00Z`)
      url.searchParams.set('timeMax', `${date}T23:59:59Z`)
      const response = await fetchForConnection()(url)
      return await response.json()
    },
    {
      name: 'calendarEvents',
      description: "Get calendar events for a given date from the user's Google Calendar",
      schema: z.object({ date: z.iso.date() }),
    },
  ),
)
// #endregion
