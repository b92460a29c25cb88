// #region msw
import { providerHandlers, vaultHandlers } from '@valetkey/emulator/msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listEvents } from './your-tools.ts'

const google = providerHandlers({ providers: ['google'] })
const { accessToken } = google.issueTokens({
  provider: 'google',
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
})
const server = setupServer(
  ...google.handlers,
  ...vaultHandlers({
    issuer: 'https://vault.example.com/',
    tokens: {
      'google-oauth2': { accessToken, apiOrigins: ['https://www.googleapis.com'] },
    },
    errors: { github: 'not_connected' },
  }),
)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())

test('reads the calendar of the user', async () => {
  const { items } = await listEvents(undefined, { context: { loginToken: 'any' } })

  expect(items).toHaveLength(3)
})
// #endregion
