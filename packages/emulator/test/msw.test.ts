import { providerHandlers, vaultHandlers, type VaultExchange } from '@valetkey/emulator/msw'
import { customOAuth2 } from '@valetkey/providers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { RequestHandler } from 'msw'
import { setupServer } from 'msw/node'
import { describe, expect, test } from 'vitest'

const EVENTS = 'https://www.googleapis.com/calendar/v3/calendars/primary/events'

function intercept(handlers: readonly RequestHandler[]): Disposable {
  const server = setupServer(...handlers)
  server.listen({ onUnhandledFrame: 'error' })
  return {
    [Symbol.dispose]: () => {
      server.close()
    },
  }
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describe('providerHandlers', () => {
  test('answers for the real hosts of a provider', async () => {
    const google = providerHandlers({ providers: ['google'] })
    using _ = intercept(google.handlers)
    const { accessToken, refreshToken = '' } = google.issueTokens({
      provider: 'google',
      scopes: ['https://www.googleapis.com/auth/calendar'],
    })
    const { clientId, clientSecret } = google.client('google')

    const events = await fetch(EVENTS, bearer(accessToken))
    const refreshed = await fetch('https://oauth2.googleapis.com/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
      }),
    })
    google.advance(3_600)

    expect(await events.json()).toMatchObject({ items: { length: 3 } })
    expect(await refreshed.json()).toMatchObject({ access_token: expect.any(String) })
    expect((await fetch(EVENTS, bearer(accessToken))).status).toBe(401)
    expect(google.log.refreshes({ token: refreshToken })).toHaveLength(1)
  })

  test('signs as the real issuer, with keys at its real address', async () => {
    const google = providerHandlers({ providers: ['google'] })
    using _ = intercept(google.handlers)
    const { clientId, clientSecret } = google.client('google')
    const redirectUri = 'http://localhost:3000/callback'
    const asked = await fetch(
      `https://accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid',
      })}`,
      { redirect: 'manual' },
    )
    const code = new URL(asked.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const answer = await fetch('https://oauth2.googleapis.com/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: clientId,
        client_secret: clientSecret,
      }),
    })
    const { id_token: idToken } = (await answer.json()) as { id_token: string }

    const { payload } = await jwtVerify(
      idToken,
      createRemoteJWKSet(new URL('https://www.googleapis.com/oauth2/v3/certs')),
      { issuer: 'https://accounts.google.com', audience: clientId },
    )

    expect(payload.sub).toMatch(/^\d+$/)
  })

  test('plays faults, also a lost connection', async () => {
    const slack = providerHandlers({ providers: ['slack'] })
    using _ = intercept(slack.handlers)
    slack.faults.add('slack', { at: 'api', fault: { kind: 'reset' } })
    slack.faults.add('slack', { at: 'api', fault: { kind: 'rate_limited' } })
    const call = (): Promise<Response> => fetch('https://slack.com/api/auth.test')

    await expect(call()).rejects.toThrow('fetch failed')
    expect((await call()).status).toBe(429)
  })

  test('serves the keys of its login system', async () => {
    const google = providerHandlers({ providers: ['google'] })
    using _ = intercept(google.handlers)
    const { issuer, jwksUri, audience } = google.trustedIssuer()

    const { payload } = await jwtVerify(
      await google.issueLoginToken('bob'),
      createRemoteJWKSet(new URL(jwksUri)),
      { issuer, audience },
    )

    expect(payload.sub).toBe('bob')
  })

  test('a user ends a grant, tokens expire, behaviour changes, consent is decided', async () => {
    const github = providerHandlers({ providers: ['github'] })
    using _ = intercept(github.handlers)
    const { accessToken } = github.issueTokens({ provider: 'github', user: 'bob' })
    const { accessToken: other } = github.issueTokens({ provider: 'github' })
    const status = async (token: string): Promise<number> =>
      (await fetch('https://api.github.com/user', bearer(token))).status

    expect(await status(accessToken)).toBe(200)
    github.revokeGrant({ provider: 'github', user: 'bob' })
    expect(await status(accessToken)).toBe(401)
    github.expireAccessTokens({ provider: 'github' })
    expect(await status(other)).toBe(401)
    github.configure('github', { accessTokenLifetimeSeconds: 5 })
    expect(github.issueTokens({ provider: 'github' }).expiresAt).toEqual(expect.any(Number))
    expect(() => {
      github.decideConsent('gitlab', { decision: 'deny' })
    }).toThrow('"gitlab"')
  })

  test('does not answer for two providers of one host', () => {
    expect(() => providerHandlers({ providers: ['github', 'github-app'] })).toThrow(
      'share https://github.com',
    )
  })

  test('answers for a provider of your own', async () => {
    const tracker = providerHandlers({
      providers: [
        customOAuth2({
          id: 'tracker',
          authorizationEndpoint: 'https://tracker.example/authorize',
          tokenEndpoint: 'https://tracker.example/token',
          identity: {
            source: 'userinfo',
            endpoint: 'https://api.tracker.example/me',
            idField: 'id',
            labelFields: ['email'],
          },
          apiOrigins: ['https://api.tracker.example'],
        }),
      ],
    })
    using _ = intercept(tracker.handlers)
    const { accessToken } = tracker.issueTokens({ provider: 'tracker' })

    const me = await fetch('https://api.tracker.example/me', bearer(accessToken))

    expect(await me.json()).toEqual({ id: expect.any(Number), email: 'demo@example.com' })
  })
})

describe('vaultHandlers', () => {
  const issuer = 'https://vault.example.com/'
  const standard = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'subject',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: 'google-oauth2',
  }
  const auth0 = {
    grant_type:
      'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    subject_token: 'subject',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    connection: 'google-oauth2',
  }
  const exchange = async (
    fields: Record<string, string>,
    kind: 'form' | 'json' = 'form',
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
    const response = await fetch(`${issuer}oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('agent:secret')}`,
        ...(kind === 'json' && { 'content-type': 'application/json' }),
      },
      body: kind === 'json' ? JSON.stringify(fields) : new URLSearchParams(fields),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    }
  }

  test('hands out the token of a connection, in both dialects and encodings', async () => {
    const exchanges: VaultExchange[] = []
    using _ = intercept(
      vaultHandlers({
        issuer,
        tokens: { 'google-oauth2': { accessToken: 'token-1', expiresInSeconds: 60 } },
        onExchange: (one) => exchanges.push(one),
      }),
    )

    expect((await exchange({ ...standard, scope: 'a b' })).body).toEqual({
      access_token: 'token-1',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 60,
      scope: 'a b',
      connection: 'google-oauth2',
      account: 'cac_googleoauth2',
      generation: 1,
    })
    expect((await exchange(auth0, 'json')).body).toMatchObject({
      access_token: 'token-1',
      issued_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    })
    const { audience: __, ...byResource } = standard
    const resource = `${issuer}connections/google-oauth2`
    expect((await exchange({ ...byResource, resource })).status).toBe(200)
    expect(exchanges[0]).toMatchObject({
      dialect: 'rfc8693',
      connection: 'google-oauth2',
      scopes: ['a', 'b'],
      subjectToken: 'subject',
      clientId: 'agent',
    })
    expect(exchanges[1]?.dialect).toBe('auth0')
  })

  test('says where the token may be sent, as the vault does', async () => {
    const tokens = {
      'google-oauth2': { accessToken: 'token-1', apiOrigins: ['https://www.googleapis.com'] },
      slack: { accessToken: 'token-2', apiErrors: 'slack_ok_false' },
    } as const
    using _ = intercept(vaultHandlers({ issuer, tokens }))

    const { body } = await exchange(standard)
    const slack = await exchange({ ...standard, audience: 'slack' })

    expect(body).toMatchObject({ api_origins: ['https://www.googleapis.com'] })
    expect(body).not.toHaveProperty('api_errors')
    expect(slack.body).toMatchObject({ api_errors: 'slack_ok_false' })
    expect(slack.body).not.toHaveProperty('api_origins')
  })

  test.each([
    ['not_connected', 400, 'interaction_required'],
    ['consent_required', 400, 'consent_required'],
    ['subject_token_invalid', 400, 'invalid_request'],
    ['actor_token_invalid', 400, 'invalid_request'],
    ['unknown_connection', 400, 'invalid_target'],
    ['policy_denied', 400, 'invalid_target'],
    ['provider_unavailable', 503, 'temporarily_unavailable'],
  ] as const)('answers %s as the wire says', async (vaultError, status, error) => {
    using _ = intercept(vaultHandlers({ issuer, errors: { 'google-oauth2': vaultError } }))

    const answer = await exchange(standard)

    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ error, vault_error: vaultError })
    expect(answer.headers.has('retry-after')).toBe(status === 503)
  })

  test.each([
    [
      { vaultError: 'scopes_missing', missing: ['a', 'b'], granted: ['c'] } as const,
      { error: 'interaction_required', missing_scope: 'a b', granted_scope: 'c' },
    ],
    [
      { vaultError: 'reconnect_required', reason: 'revoked' } as const,
      { error: 'interaction_required', reason: 'revoked' },
    ],
    [
      { vaultError: 'account_ambiguous', accounts: [{ id: 'cac_1', label: 'Work' }] } as const,
      { error: 'account_selection_required', accounts: [{ id: 'cac_1', label: 'Work' }] },
    ],
    [
      { vaultError: 'approval_required', authorizationDetails: [{ type: 'pay' }] } as const,
      { error: 'interaction_required', authorization_details: [{ type: 'pay' }] },
    ],
  ])('gives the details of %j', async (vaultError, body) => {
    using _ = intercept(vaultHandlers({ issuer, errors: { 'google-oauth2': vaultError } }))

    expect(await exchange(standard)).toMatchObject({
      status: 400,
      body: { ...body, vault_error: vaultError.vaultError },
    })
  })

  test.each([
    ['not_connected', 401, 'federated_connection_refresh_token_not_found'],
    ['consent_required', 401, 'federated_connection_refresh_token_flow_failed'],
    ['subject_token_invalid', 401, 'invalid_grant'],
    ['actor_token_invalid', 400, 'invalid_request'],
    ['unknown_connection', 400, 'invalid_request'],
    ['policy_denied', 403, 'access_denied'],
    ['vault_throttles', 429, 'too_many_requests'],
    ['client_rejected', 401, 'invalid_client'],
    ['vault_down', 503, 'temporarily_unavailable'],
  ] as const)("answers %s in Auth0's words", async (vaultError, status, error) => {
    using _ = intercept(vaultHandlers({ issuer, errors: { 'google-oauth2': vaultError } }))

    expect(await exchange(auth0)).toMatchObject({ status, body: { error } })
  })

  test('a vault that cannot be reached rejects the fetch', async () => {
    using _ = intercept(vaultHandlers({ issuer, errors: { 'google-oauth2': 'vault_unreachable' } }))

    await expect(exchange(standard)).rejects.toThrow('fetch failed')
  })

  test('scopes that the token does not have are missing', async () => {
    using _ = intercept(
      vaultHandlers({ issuer, tokens: { 'google-oauth2': { accessToken: 't', scopes: ['a'] } } }),
    )

    expect((await exchange({ ...standard, scope: 'a b' })).body).toMatchObject({
      vault_error: 'scopes_missing',
      missing_scope: 'b',
      granted_scope: 'a',
    })
  })

  test.each(['toString', '__proto__', 'slack'])('does not know the connection %s', async (name) => {
    using _ = intercept(vaultHandlers({ issuer, tokens: {}, errors: {} }))

    expect((await exchange({ ...standard, audience: name })).body).toMatchObject({
      vault_error: 'unknown_connection',
    })
  })

  test('a malformed request carries no vault_error', async () => {
    using _ = intercept(vaultHandlers({ issuer }))

    const answer = await exchange({ grant_type: 'password' })

    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({ error: 'invalid_request' })
  })

  test('an issuer without a slash at the end is refused at once', () => {
    expect(() => vaultHandlers({ issuer: 'https://vault.example.com' })).toThrow('"issuer"')
  })
})
