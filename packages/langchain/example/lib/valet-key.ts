// #region valet-key
import { createValetKey } from '@valetkey/langchain'
import { auth } from './auth.ts' // any login system

/** What the app says of a run: who asks. */
export interface RunContext {
  readonly user: string
}

export const valetKey = createValetKey<RunContext>({
  // Default subject of every tool: looked up for the user whom the run's context names.
  accessToken: async ({ context }) => await auth.accessTokenOf(context?.context?.user),
  connectUrl: '/api/connect', // the route below
}) // vault from the environment

export const withGoogleCalendar = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
})
// #endregion
