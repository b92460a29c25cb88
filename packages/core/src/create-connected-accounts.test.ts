import { describe, expect, test } from 'vitest'
import { aClient } from '../test/builders.ts'
import { startModelAccounts } from '../test/model-accounts.ts'
import { myAccountCodes } from './my-account-codes.ts'
import { startModelVault, tokenAnswer } from '../test/model-vault.ts'
import { isInterruptError } from './interrupt-error.ts'
import { findValetKeyError } from './valet-key-error.ts'

const attempt = {
  connection: 'google-oauth2',
  redirectUri: 'https://app.example.com/callback',
  state: 'state-1',
  codeChallenge: 'c'.repeat(43),
}

describe('connected accounts', () => {
  test('are asked for with a token for the My Account API, got by exchange', async () => {
    await using vault = await startModelAccounts()
    const accounts = await aClient(vault.issuer).connectedAccounts().listAccounts()

    expect(vault.requests[0]?.form).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'alice-login-token',
      audience: `${vault.issuer}me/`,
      scope: 'read:me:connected_accounts',
    })
    expect(vault.requests[1]?.headers['authorization']).toBe(
      'Bearer me-token-read:me:connected_accounts',
    )
    expect(accounts).toEqual([
      {
        id: 'cac_1',
        connection: 'google-oauth2',
        label: 'alice@example.com',
        providerAccountId: 'google-1',
        state: 'active',
        scopes: ['calendar.events'],
        createdAt: 1_893_456_000,
      },
      expect.objectContaining({ id: 'cac_2', createdAt: 1_900_000_000 }),
    ])
  })

  test('are asked for with a token that the app has already', async () => {
    await using vault = await startModelAccounts()
    const client = aClient(vault.issuer, { dialect: 'auth0' })

    await client.connectedAccounts({ myAccountToken: () => 'mine' }).listAccounts()

    expect(vault.requests.every(({ headers }) => headers['authorization'] === 'Bearer mine')).toBe(
      true,
    )
    await expect(client.connectedAccounts().listAccounts()).rejects.toMatchObject({
      code: 'client_misconfigured',
    })
  })

  test.for([{ accessToken: () => undefined }, { myAccountToken: () => null }])(
    'need a login: %o',
    async (options) => {
      await using vault = await startModelAccounts()

      const error = await aClient(vault.issuer)
        .connectedAccounts(options)
        .listAccounts()
        .catch((caught: unknown) => caught)

      expect(isInterruptError(error) && error.interrupt).toMatchObject({ kind: 'login' })
      expect(vault.requests).toHaveLength(0)
    },
  )

  test('connect and complete', async () => {
    await using vault = await startModelAccounts()
    const accounts = aClient(vault.issuer).connectedAccounts()

    const begun = await accounts.connect({
      ...attempt,
      scopes: ['a', 'b'],
      authorizationParams: { prompt: 'consent' },
    })
    await accounts.connect(attempt)
    const done = await accounts.complete({
      authSession: begun.authSession,
      connectCode: 'code-1',
      redirectUri: attempt.redirectUri,
      codeVerifier: 'v'.repeat(43),
    })

    expect(begun).toEqual({
      url: `${vault.issuer}connect?ticket=ticket-1`,
      authSession: 'auth-session-1',
      expiresInSeconds: 300,
    })
    expect(done.id).toBe('cac_1')
    const common = {
      connection: 'google-oauth2',
      redirect_uri: 'https://app.example.com/callback',
      state: 'state-1',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    }
    expect(vault.bodies('/connect')).toEqual([
      { ...common, scopes: ['a', 'b'], authorization_params: { prompt: 'consent' } },
      common,
    ])
    expect(vault.bodies('/complete')).toEqual([
      {
        auth_session: 'auth-session-1',
        connect_code: 'code-1',
        redirect_uri: 'https://app.example.com/callback',
        code_verifier: 'v'.repeat(43),
      },
    ])
  })

  test('list connections', async () => {
    await using vault = await startModelAccounts()

    expect(await aClient(vault.issuer).connectedAccounts().listConnections()).toEqual([
      { name: 'google-oauth2', strategy: 'google', scopes: ['email'] },
    ])
  })

  test('delete, also what is gone, and what it had in the cache', async () => {
    await using vault = await startModelVault((request) =>
      request.path === '/oauth/token'
        ? tokenAnswer(request, { account: 'cac_1', generation: 1 })
        : { status: 404, json: { status: 404, title: 'gone' } },
    )
    const client = aClient(vault.issuer)
    const tool = client.withTokenForConnection({ connection: 'github' }, () => 1)
    await tool()
    await tool()
    const before = vault.requests.length

    await client.connectedAccounts().deleteAccount('cac_1')
    await tool()

    expect([before, vault.requests.length]).toEqual([1, 4])
    await expect(client.connectedAccounts().deleteAccount('../me')).rejects.toThrow(TypeError)
  })

  test('do not follow a cursor round and round', async () => {
    await using vault = await startModelAccounts()
    vault.instead.set('/accounts', { json: { accounts: [], next: 'again' } })

    await expect(aClient(vault.issuer).connectedAccounts().listAccounts()).rejects.toMatchObject({
      code: 'protocol_error',
    })
  })

  test('complete is never repeated', async () => {
    await using vault = await startModelAccounts()
    vault.instead.set('/complete', { status: 500 })
    const call = aClient(vault.issuer).connectedAccounts().complete({
      authSession: 'a',
      connectCode: 'b',
      redirectUri: 'c',
      codeVerifier: 'd',
    })

    await expect(call).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect(vault.bodies('/complete')).toHaveLength(1)
  })
})

describe('every row of the My Account table, from a real answer', () => {
  test.for(
    myAccountCodes.flatMap((row) => [...new Set(row.status)].map((status) => ({ ...row, status }))),
  )('$operation $status is $code', async ({ operation, status, code }) => {
    await using vault = await startModelAccounts()
    const problem = { type: 'about:blank', status, title: 'T', detail: 'D' }
    const answer = { status, json: problem, headers: { 'retry-after': '7200' } }
    vault.instead.set('/complete', answer)
    vault.instead.set('/accounts', answer)
    const accounts = aClient(vault.issuer).connectedAccounts()
    const call =
      operation === 'complete'
        ? accounts.complete({
            authSession: 'a',
            connectCode: 'b',
            redirectUri: 'c',
            codeVerifier: 'd',
          })
        : accounts.listAccounts()

    expect(findValetKeyError(await call.catch((error: unknown) => error))?.code).toBe(code)
  })
})

test.for([
  [503, 'provider_unavailable', 'provider_unavailable'],
  [400, 'unknown_connection', 'client_misconfigured'],
  [403, 'policy_denied', 'policy_denied'],
] as const)('vault_error comes first: %i %s', async ([status, vaultError, code]) => {
  await using vault = await startModelAccounts()
  vault.instead.set('/connect', {
    status,
    json: { title: 'T', vault_error: vaultError },
    headers: { 'retry-after': '7200' },
  })

  await expect(aClient(vault.issuer).connectedAccounts().connect(attempt)).rejects.toMatchObject({
    code,
  })
})

test.for([
  ['a script for a connect page', { connect_uri: 'javascript:alert(1)' }],
  ['plain http', { connect_uri: 'http://vault.example.com/connect' }],
  ['no ticket', { connect_params: {} }],
] as const)('a connect answer with %s is no answer', async ([, change]) => {
  await using vault = await startModelAccounts()
  vault.instead.set('/connect', {
    status: 201,
    json: {
      connect_uri: `${vault.issuer}connect`,
      auth_session: 's',
      connect_params: { ticket: 't' },
      expires_in: 1,
      ...change,
    },
  })

  await expect(aClient(vault.issuer).connectedAccounts().connect(attempt)).rejects.toMatchObject({
    code: 'protocol_error',
  })
})
