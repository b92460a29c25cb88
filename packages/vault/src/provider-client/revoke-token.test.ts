import { providers, type ProviderDefinition } from '@valetkey/providers'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'

import { createOutboundFetch } from './outbound-fetch.ts'
import { revokeToken } from './revoke-token.ts'

const { google, github, notion, slack } = providers
const stopping: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(stopping.splice(0).map((stop) => stop()))
})

/** Revokes at a server that always answers so; tells what it was sent. */
async function revokeAt(
  provider: ProviderDefinition,
  answer: { readonly status?: number; readonly body?: string; readonly retryAfter?: string },
  tokenTypeHint: 'refresh_token' | 'access_token' = 'access_token',
) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { authorization = '-' } = request.headers
      requests.push(`${request.method} ${request.url} ${authorization} ${body}`)
      if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter)
      response.writeHead(answer.status ?? 200).end(answer.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stopping.push(() => new Promise((resolve) => server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  const { revocation } = provider
  const definition = {
    ...provider,
    revocation: revocation && {
      ...revocation,
      endpoint: revocation.endpoint.replace(/^https:\/\/[^/]+/, `http://127.0.0.1:${port}`),
    },
  }
  const result = await revokeToken({
    connection: { definition, clientId: 'vault/1', clientSecret: 'secret' },
    outboundFetch: createOutboundFetch({ allowLoopback: true }),
    token: 'token',
    tokenTypeHint,
    now: 0,
  })
  return { result, requests }
}

const revoked = { ok: true, value: 'revoked' }
const unsupported = { ok: true, value: 'unsupported' }
const basic = `Basic ${btoa('vault%2F1:secret')}`

test('each style is sent as the provider wants it', async () => {
  const posted = await revokeAt(google, {}, 'refresh_token')
  const posted2 = await revokeAt(notion, { body: '{}' }, 'refresh_token')
  const deleted = await revokeAt(github, { status: 204 })
  const bearer = await revokeAt(slack, { body: '{"ok":true,"revoked":true}' })

  expect(posted.requests).toEqual([
    'POST /revoke - token_type_hint=refresh_token&token=token&client_id=vault%2F1&client_secret=secret',
  ])
  expect(posted2.requests).toEqual([`POST /v1/oauth/revoke ${basic} {"token":"token"}`])
  expect(deleted.requests).toEqual([
    `DELETE /applications/vault%2F1/token ${basic} {"access_token":"token"}`,
  ])
  expect(bearer.requests).toEqual(['POST /api/auth.revoke Bearer token '])
  for (const { result } of [posted, posted2, deleted, bearer]) expect(result).toEqual(revoked)
})

test('a refresh token goes only where refresh tokens are taken', async () => {
  for (const provider of [github, slack]) {
    const { result, requests } = await revokeAt(provider, {}, 'refresh_token')

    expect(result).toEqual(unsupported)
    expect(requests).toEqual([])
  }
})

test.each([
  [google, { status: 400, body: '{"error":"invalid_token"}' }],
  [github, { status: 404, body: '{"message":"Not Found"}' }],
  [slack, { body: '{"ok":false,"error":"token_revoked"}' }],
  [notion, { status: 400, body: '{"error":"invalid_grant"}' }],
] as const)('a token that is gone already is revoked (%#)', async (provider, answer) => {
  expect((await revokeAt(provider, answer)).result).toEqual(revoked)
})

test.each([
  [google, { status: 404 }, 'transient', 'http_404'],
  [google, { status: 400, body: '{"error":"whatever"}' }, 'transient', 'unknown_error'],
  [google, { body: '{"error":"invalid_client"}' }, 'operator', 'invalid_client'],
  [github, { status: 401, body: '{"message":"Bad credentials"}' }, 'operator', 'http_401'],
  [slack, { body: '{"ok":false,"error":"ratelimited"}' }, 'transient', 'unknown_error'],
  [slack, { body: '{"ok":false}' }, 'transient', 'unknown_error'],
  [notion, { status: 503, body: '<html>' }, 'transient', 'http_503'],
] as const)('everything else is a failure (%#)', async (provider, answer, kind, code) => {
  expect((await revokeAt(provider, answer)).result).toMatchObject({
    ok: false,
    refusal: { kind, code },
  })
})

test('a provider may ask for patience, or not know a kind of token', async () => {
  const busy = await revokeAt(google, { status: 429, retryAfter: '20' })
  const unknown = await revokeAt(google, {
    status: 400,
    body: '{"error":"unsupported_token_type"}',
  })

  expect(busy.result).toMatchObject({ ok: false, refusal: { retryAfterSeconds: 20 } })
  expect(unknown.result).toEqual(unsupported)
})

test('where nothing can be revoked, nothing is sent', async () => {
  const { revocation: _, ...definition } = google

  expect(await revokeAt(definition, {})).toEqual({ result: unsupported, requests: [] })
})
