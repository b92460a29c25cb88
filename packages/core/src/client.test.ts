import { describe, expect, test } from 'vitest'
import { aClient, testRuntime } from '../test/builders.ts'
import { startModelVault, tokenAnswer, tokenFor } from '../test/model-vault.ts'
import { getAccessTokenForConnection, getCredentialsForConnection } from './token-context.ts'

const google = { connection: 'google-oauth2', scopes: ['calendar.events'] }

describe('a wrapped function', () => {
  test('runs with the token that the vault gave for its user, connection and scopes', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)
    const tool = client.withTokenForConnection(google, async (input: { date: string }) => {
      await Promise.resolve()
      const { token, ...rest } = getCredentialsForConnection()
      return {
        date: input.date,
        length: token.length,
        same: token === getAccessTokenForConnection('google-oauth2'),
        rest,
      }
    })

    const result = await tool({ date: '2030-01-02' })

    const [request] = vault.requests
    if (request === undefined) throw new Error('no request')
    expect(request.path).toBe('/oauth/token')
    expect(request.form).toEqual({
      client_id: 'agent',
      client_secret: 'agent-secret',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'alice-login-token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'google-oauth2',
      scope: 'calendar.events',
    })
    expect(result).toEqual({
      date: '2030-01-02',
      length: tokenFor(request).length,
      same: true,
      rest: {
        tokenType: 'Bearer',
        expiresAt: 1_800_003_600,
        scopes: ['calendar.events'],
        connection: 'google-oauth2',
        account: undefined,
      },
    })
  })

  test('uses a token from the cache until its margin, then asks again', async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { expires_in: 100 }),
    )
    const runtime = testRuntime()
    const tool = aClient(vault.issuer, {}, runtime).withTokenForConnection(google)(() => 'done')

    await tool()
    runtime.seconds += 89
    await tool()
    const before = vault.requests.length
    runtime.seconds += 1
    await tool()

    expect([before, vault.requests.length]).toEqual([1, 2])
  })

  test('twenty cold calls at once make one request', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(
      google,
      () => getAccessTokenForConnection().length,
    )

    const lengths = await Promise.all(Array.from({ length: 20 }, () => tool()))

    expect(new Set(lengths).size).toBe(1)
    expect(vault.requests).toHaveLength(1)
  })

  test('without a login it interrupts and asks no vault', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer, { accessToken: () => undefined }).withTokenForConnection(
      google,
      () => 1,
    )

    await expect(
      tool(undefined, { toolCallId: 'call-1', toolName: 'events' }),
    ).rejects.toMatchObject({
      code: 'login_required',
      interrupt: { kind: 'login', tool: { callId: 'call-1', name: 'events' } },
    })
    expect(vault.requests).toHaveLength(0)
  })
})
