// #region calendar-events
import { FederatedConnectionError, getAccessTokenForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { eventsUrl } from '../provider-urls.ts'
import { withGoogleCalendar } from '../valet-key.ts'

export const calendarEvents = withGoogleCalendar(
  tool({
    description: "Get calendar events for a given date from the user's Google Calendar",
    inputSchema: z.object({ date: z.iso.date() }),
    execute: async ({ date }) => {
      const response = await fetch(eventsUrl(date), {
        headers: { authorization: `Bearer ${getAccessTokenForConnection()}` },
      })
      if (response.status === 401) throw new FederatedConnectionError('Google refused the token')
      return await response.json()
    },
  }),
)
// #endregion
