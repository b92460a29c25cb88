// #region valet-key
import { createValetKey } from '@valetkey/langchain'
import { sessions } from './sessions.ts'

/** What the app says of a run: whose it is. Its token stays in the session. */
export interface RunContext {
  readonly user: string
}

export const valetKey = createValetKey<RunContext>({
  accessToken: async ({ context }) => await sessions.accessTokenOf(context?.context?.user),
  connectUrl: '/connect', // the app's route that starts the connect flow
}) // vault from the environment

export const withGmail = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: ['https://www.googleapis.com/auth/gmail.send'],
})
// #endregion
