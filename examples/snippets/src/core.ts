// #region wrap
import { createValetKeyClient, fetchForConnection, isInterruptError } from '@valetkey/core'

const google = process.env['GOOGLE_API_URL'] ?? 'https://www.googleapis.com'

// The vault comes from VALETKEY_ISSUER, VALETKEY_CLIENT_ID and VALETKEY_CLIENT_SECRET.
const valetKey = createValetKeyClient<{ loginToken?: string }>({
  accessToken: ({ context }) => context?.loginToken,
  connectUrl: '/connect',
})

const listEvents = valetKey.withTokenForConnection(
  { connection: 'google-oauth2', scopes: ['https://www.googleapis.com/auth/calendar.events'] },
  async (input: { calendar: string }) => {
    const calendar = encodeURIComponent(input.calendar)
    const url = `${google}/calendar/v3/calendars/${calendar}/events`
    return (await fetchForConnection()(url)).json()
  },
)

try {
  await listEvents({ calendar: 'primary' }, { context: { loginToken: '…' } })
} catch (error) {
  if (isInterruptError(error)) console.log(error.interrupt) // what the user must do first
  else throw error
}
// #endregion
