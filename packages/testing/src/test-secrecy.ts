import { inspect } from 'node:util'
import { getAccessTokenForConnection } from '@valetkey/core'
import { expect, test } from 'vitest'
import { captureOutput } from './capture-output.ts'
import { type AdapterStage, whoAmITool } from './adapter-stage.ts'
import { testScopes } from './test-connections.ts'

/** Tokens stay out of everything that is kept, shown, sent or logged. */
export function testSecrecy(stage: () => AdapterStage): void {
  test('leaves no token in messages, state, streams, prompts, events or logs', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const names: string[] = []
    const leak = (name: string, execute: () => Promise<unknown>): ReturnType<typeof whoAmITool> => {
      names.push(name)
      return whoAmITool(vault, 'google-oauth2', { name, execute })
    }
    const token = getAccessTokenForConnection
    const tools = [
      leak('as_text', async () => `curl -H "Authorization: Bearer ${token()}" https://example.com`),
      leak('as_member', async () => ({ request: { headers: [{ authorization: token() }] } })),
      leak('as_name', async () => ({ [token()]: true })),
      leak('encoded', async () => ({
        url: `https://example.com/?access_token=${encodeURIComponent(token())}`,
        basic: Buffer.from(`user:${token()}`).toString('base64'),
      })),
      leak('as_error', async () => {
        throw new Error(`GET https://example.com/?access_token=${token()} failed`, {
          cause: Object.assign(new Error('401'), { config: { headers: { auth: token() } } }),
        })
      }),
      whoAmITool(vault, 'google-oauth2', {
        name: 'as_stream',
        isGenerator: true,
        execute: async function* () {
          yield { progress: token() }
          yield { progress: 'done' }
        },
      }),
      whoAmITool(vault, 'google-oauth2', { name: 'missing', scopes: [testScopes.writeEvents] }),
    ]
    let stolen = ''
    const bare = {
      ...whoAmITool(vault, 'google-oauth2'),
      name: 'unwrapped',
      wrappers: [],
      execute: async () => `curl -H "Authorization: Bearer ${stolen}"`,
    }
    const { run, events, sessions } = await app({ tools: [...tools, bare], users: [user] })

    const { value: ran, output } = await captureOutput(
      async () =>
        await run({
          user: user.id,
          calls: tools.map(({ name }) => ({
            id: `call-${name}`,
            tool: name,
            input: { text: 'go' },
          })),
        }),
    )

    const secrets = secretsOf(stage(), user.id, sessions.get(user.id))
    stolen = secrets[0] ?? ''
    expect(secrets.length).toBeGreaterThanOrEqual(4)
    for (const text of [ran.transcript(), output, inspect(events, { depth: Infinity })]) {
      expect(secrets.filter((secret) => appears(secret, text))).toEqual([])
    }
    for (const name of names) expect(ran.transcript()).toContain(`call-${name}`)
    expect(ran.transcript()).toContain('[redacted]')
    expect(events).toContainEqual(expect.objectContaining({ name: 'token_redacted' }))

    // The positive control: the same search finds a token that nothing guards.
    const control = await run({
      user: user.id,
      calls: [{ id: 'call-control', tool: bare.name, input: { text: 'go' } }],
    })
    expect(appears(stolen, control.transcript())).toBe(true)
  })

  test('finds a secret that is printed, so that the search above means something', async () => {
    const { output } = await captureOutput(async () => {
      // oxlint-disable-next-line no-console -- what is captured here
      console.warn('a canary in a log', { nested: { deep: ['canary-in-console'] } })
      process.stderr.write('canary-on-stderr')
    })

    expect(appears('canary-in-console', output)).toBe(true)
    expect(appears('canary-on-stderr', output)).toBe(true)
    expect(appears('canary', Buffer.from('user:canary').toString('base64'))).toBe(true)
    expect(appears('something-else', output)).toBe(false)
  })
}

/** The provider's tokens of a user, the login token and the client's secret; the access token first. */
function secretsOf(
  { vault }: AdapterStage,
  user: string,
  loginToken: string | undefined,
): readonly string[] {
  const issued = vault.emulator.log
    .entries({ provider: 'google', route: 'token', user })
    .flatMap(({ issued: { accessToken, refreshToken } }) => [accessToken, refreshToken])
  return [...issued, loginToken, vault.client.secret].filter((secret) => secret !== undefined)
}

function appears(secret: string, text: string): boolean {
  return [secret, encodeURIComponent(secret), ...base64Cores(secret)].some((form) =>
    text.includes(form),
  )
}

/** What base64 makes of the secret wherever it stands in a longer text. */
function base64Cores(secret: string): readonly string[] {
  return [0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + secret)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(offset === 0 ? 0 : offset + 1, -1),
  )
}
