// #region valet-key
import { createValetKey } from '@valetkey/vercel-ai'
import { auth } from './auth.ts' // any login system

export const valetKey = createValetKey({
  accessToken: async () => (await auth.getSession())?.accessToken, // default subject of every tool
  connectUrl: '/api/connect', // the route below
}) // vault from the environment

export const withGoogleCalendar = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
})
// #endregion
