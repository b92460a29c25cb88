import { Auth0AI, getAccessTokenFromTokenVault } from '@auth0/ai-vercel'
import { tool } from 'ai'
import * as z from 'zod'

declare function getSession(): Promise<{ readonly refreshToken: string } | undefined>

// #region tool
const auth0AI = new Auth0AI() // reads AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET

export const listEvents = auth0AI.withTokenVault(
  {
    connection: 'google-oauth2',
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
    refreshToken: async () => (await getSession())?.refreshToken,
  },
  tool({
    description: 'Lists the events of today.',
    inputSchema: z.object({}),
    execute: async () => {
      const response = await fetch(
        'https://www.googleapis.com/calendar/v3/calendars/primary/events',
        { headers: { authorization: `Bearer ${getAccessTokenFromTokenVault()}` } },
      )
      return await response.json()
    },
  }),
)
// #endregion
