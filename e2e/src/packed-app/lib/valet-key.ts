import { createValetKey } from '@valetkey/vercel-ai'
import { auth } from './auth' // any login system

export const valetKey = createValetKey({
  accessToken: async () => (await auth.getSession())?.accessToken, // default subject of every tool
}) // vault from the environment, see below

export const withGoogleCalendar = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
})
