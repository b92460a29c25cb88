// #region valet-key
import { createValetKey } from '@valetkey/vercel-ai'
import { auth } from './auth.ts' // any login system

export const valetKey = createValetKey({
  accessToken: async () => (await auth.getSession())?.accessToken, // default subject of every tool
  connectUrl: '/connect', // the app's route that starts the connect flow
}) // vault from the environment

export const withGoogleCalendar = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
  retry: 'once', // after a 401: reading may be repeated
})

export const withGoogleProfile = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['profile'],
  retry: 'once',
})
// #endregion
