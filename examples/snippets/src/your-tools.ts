// Tools of an app, for the snippets that test them.
import {
  createValetKeyClient,
  fetchForConnection,
  getAccessTokenForConnection,
} from '@valetkey/core'

const valetKey = createValetKeyClient<{ loginToken: string }>({
  issuer: 'https://vault.example.com/',
  clientId: 'my-agent',
  clientSecret: 'a secret of at least thirty-two characters',
  accessToken: ({ context }) => context?.loginToken,
})

export const listEvents = valetKey.withTokenForConnection(
  { connection: 'google-oauth2', scopes: ['https://www.googleapis.com/auth/calendar.events'] },
  async () => {
    const events = 'https://www.googleapis.com/calendar/v3/calendars/primary/events'
    return (await fetchForConnection()(events)).json()
  },
)

export const tokenLength = valetKey.withTokenForConnection({ connection: 'github' }, () => {
  return getAccessTokenForConnection().length
})
