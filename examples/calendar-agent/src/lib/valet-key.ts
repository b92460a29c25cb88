// #region valet-key
import { createValetKey } from '@valetkey/vercel-ai'
import { onBehalf } from './auth.ts'

export const valetKey = createValetKey({
  ...onBehalf, // `refreshToken` of the login at the vault, or `accessToken` of another login
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

export const withGithub = valetKey.withTokenForConnection({
  connection: 'github',
  scopes: ['public_repo'],
  retry: 'once',
})
// #endregion
