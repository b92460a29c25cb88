/* oxlint-disable no-console -- as a reader would write it */
import { createValetKeyClient, fetchForConnection, isInterruptError } from '../src/index.ts'

// The vault comes from VALETKEY_ISSUER, VALETKEY_CLIENT_ID and VALETKEY_CLIENT_SECRET.
const valetKey = createValetKeyClient<{ loginToken?: string }>({
  accessToken: ({ context }) => context?.loginToken,
  connectUrl: '/connect',
})

const listEvents = valetKey.withTokenForConnection(
  { connection: 'google-oauth2', scopes: ['https://www.googleapis.com/auth/calendar.events'] },
  async (input: { calendar: string }) => {
    const events = `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(input.calendar)}/events`
    const response = await fetchForConnection()(events)
    return await response.json()
  },
)

try {
  await listEvents({ calendar: 'primary' }, { context: { loginToken: '…' } })
} catch (error) {
  if (isInterruptError(error)) console.log(error.interrupt) // what the user must do first
  else throw error
}
