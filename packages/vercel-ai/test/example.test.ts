import { createServer } from 'node:http'
import { withFakeToken } from '@valetkey/core/testing'
import { expect, test, vi } from 'vitest'

test("the documents' tool calls the emulator, where the environment names it", async () => {
  const seen: unknown[] = []
  const server = createServer(({ url, headers }, response) => {
    seen.push([url, headers.authorization])
    response.setHeader('content-type', 'application/json').end('{"items":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const google = `http://127.0.0.1:${port}/google`
  vi.stubEnv('GOOGLE_API_URL', google)
  const { calendarEvents } = await import('../example/lib/tools/calendar-events.ts')
  const token = { token: 'emulated-token', apiHosts: [google] }

  const events: unknown = await withFakeToken({ 'google-oauth2': token }, () =>
    calendarEvents.execute?.(
      { date: '2026-11-23' },
      { toolCallId: 'call-1', messages: [], context: {} },
    ),
  )
  server.close()
  vi.unstubAllEnvs()

  expect(events).toEqual({ items: [] })
  expect(seen).toEqual([
    [
      '/google/calendar/v3/calendars/primary/events?timeMin=2026-11-23T00%3A00%3A00Z&timeMax=2026-11-23T23%3A59%3A59Z',
      'Bearer emulated-token',
    ],
  ])
})
