import { expect, test } from 'vitest'
import { expectNothingRunning, runDemo as runExample, titlesIn } from './src/run-demo.ts'

const shared = {
  expires: 'The token expires, five tools ask at once, the vault refreshes once',
  revoked: 'The user takes the access back at the provider',
  outage: 'The provider is down: an outage is no reason to ask the user',
  audit: 'Every hand-out is in the audit log, and the log is whole',
}
const stories = [
  {
    way: 'a login at the vault',
    parameters: [],
    titles: [
      'The user signs in with Google, at the vault: Google is connected at once',
      'The agent reads the calendar: there is nothing to connect',
      shared.expires,
      'One account more: GitHub is not connected, and the run pauses with a link',
      'The user connects GitHub',
      'The same run goes on: same tool call, now with a token',
      shared.revoked,
      shared.outage,
      'The user logs out: the agent gets nothing more',
      shared.audit,
    ],
  },
  {
    way: 'a login system that the vault trusts',
    parameters: ['--issuer', 'external'],
    titles: [
      'Nothing is connected: the run pauses, with a link',
      'The user connects',
      'The same run goes on: same tool call, now with a token',
      shared.expires,
      'One scope more: step up, and go on',
      shared.revoked,
      shared.outage,
      shared.audit,
    ],
  },
]

test.each(stories)(
  'the demo tells its story to the end, with $way, and leaves nothing running',
  { timeout: 120_000 },
  async ({ parameters, titles }) => {
    const { status, output, errors } = await runDemo({}, parameters)

    expect(errors).toBe('')
    expect(status).toBe(0)
    expect(titlesIn(output)).toEqual(titles)
    expect(output).not.toContain('✗')
    expect(output.match(/✓/g)?.length).toBeGreaterThanOrEqual(20)
    await expectNothingRunning(output)
  },
)

test(
  'the demo fails where its story does not come true, and leaves nothing running',
  { timeout: 60_000 },
  async () => {
    // A model that cannot be reached: the first step shows no interrupt.
    const { status, output, errors } = await runDemo(
      { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: 'http://127.0.0.1:9' },
      ['--issuer', 'external'],
    )

    expect(status).toBe(1)
    expect(errors).toContain('The demo broke')
    expect(output).not.toContain('All of it is so')
    await expectNothingRunning(output)
  },
)

test('the demo refuses a login that it does not know', async () => {
  const { status, errors } = await runDemo({}, ['--issuer', 'nobody'])

  expect(status).toBe(1)
  expect(errors).toContain('--issuer takes "vault" or "external"')
})

async function runDemo(
  environment: Readonly<Record<string, string>>,
  parameters: readonly string[],
): ReturnType<typeof runExample> {
  return await runExample('calendar-agent', { environment, parameters })
}
