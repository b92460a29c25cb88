import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'

import { CLIENTS, type LoginWorld, SECRET, startLoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({ ...config, limits: { connectPagesPerMinute: 10_000 } }),
  })
})
afterAll(() => world.close())

const Metadata = z.record(z.string(), z.unknown())

async function metadata(name = 'openid-configuration'): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(new URL(`/.well-known/${name}`, world.vault.url))
  return Metadata.parse(await response.json())
}

describe('RV-120: the metadata', () => {
  test('is one document under both names, whole and true', async () => {
    const document = await metadata()
    const { issuer } = world.vault

    expect(await metadata('oauth-authorization-server')).toEqual(document)
    expect(document).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}authorize`,
      token_endpoint: `${issuer}oauth/token`,
      pushed_authorization_request_endpoint: `${issuer}oauth/par`,
      device_authorization_endpoint: `${issuer}oauth/device/code`,
      backchannel_authentication_endpoint: `${issuer}bc-authorize`,
      revocation_endpoint: `${issuer}oauth/revoke`,
      introspection_endpoint: `${issuer}oauth/introspect`,
      userinfo_endpoint: `${issuer}userinfo`,
      end_session_endpoint: `${issuer}oidc/logout`,
      jwks_uri: `${issuer}.well-known/jwks.json`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
      backchannel_token_delivery_modes_supported: ['poll'],
    })
    expect(document['grant_types_supported']).toEqual(
      expect.arrayContaining([
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:openid:params:grant-type:ciba',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ]),
    )
  })

  test('every endpoint in it answers, as what it says it is', async () => {
    const endpoints = Object.entries(await metadata()).filter(
      ([name]) => name.endsWith('_endpoint') || name === 'jwks_uri',
    )

    expect(endpoints.length).toBe(10)
    for (const [name, value] of endpoints) {
      const url = String(value)
      const isBrowsers = ['authorization_endpoint', 'end_session_endpoint'].includes(name)
      const reads = isBrowsers || ['jwks_uri', 'userinfo_endpoint'].includes(name)
      const response = await fetch(url, { method: reads ? 'GET' : 'POST', redirect: 'manual' })
      expect(response.status).not.toBe(404)
      expect(response.status).toBeLessThan(500)
      expect(response.headers.get('content-type')).toMatch(isBrowsers ? /html/ : /json/)
      const body = await response.text()
      const isOpen = name === 'jwks_uri' || isBrowsers
      expect(body.includes('"error"')).toBe(!isOpen)
    }
  })

  test('every grant type in it is one that the token endpoint knows, and every other is not', async () => {
    const document = await metadata()
    const grantTypes = z.array(z.string()).parse(document['grant_types_supported'])

    for (const grantType of grantTypes) {
      const { body } = await world.redeem(CLIENTS.web, { grant_type: grantType })
      expect(body.error).toBe('invalid_request')
    }
    for (const grantType of ['password', 'client_credentials', 'implicit', 'Refresh_Token']) {
      const { body } = await world.redeem(CLIENTS.web, { grant_type: grantType })
      expect(body.error).toBe('unsupported_grant_type')
    }
  })

  test('every authentication method in it is taken at every endpoint that names it', async () => {
    const document = await metadata()
    const basic = Buffer.from(`${CLIENTS.web}:${SECRET}`).toString('base64')
    for (const name of ['token', 'revocation', 'introspection']) {
      const methods = z.array(z.string()).parse(document[`${name}_endpoint_auth_methods_supported`])
      expect(methods).toEqual(
        expect.arrayContaining(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
      )
      const answer = await fetch(String(document[`${name}_endpoint`]), {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ token: 'x', grant_type: 'refresh_token', refresh_token: 'x' }),
      })
      expect(answer.status).not.toBe(401)
    }
  })

  test('has keys that sign, and nothing private', async () => {
    const response = await fetch(new URL('/.well-known/jwks.json', world.vault.url))
    const { keys } = z.object({ keys: z.array(Metadata) }).parse(await response.json())

    expect(new Set(keys.map((key) => key['alg']))).toEqual(new Set(['RS256', 'ES256']))
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig' })
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
        expect(key).not.toHaveProperty(secret)
    }
  })
})

describe('methods', () => {
  const PATHS: readonly (readonly [string, readonly string[]])[] = [
    ['/authorize', ['GET', 'POST']],
    ['/authorize/x', ['GET']],
    ['/login/x', ['GET', 'POST']],
    ['/activate', ['GET', 'POST']],
    ['/activate/x', ['GET']],
    ['/oidc/logout', ['GET', 'POST']],
    ['/oidc/logout/confirm', ['POST']],
    ['/oidc/logout/success', ['GET']],
    ['/v2/logout', ['GET']],
    ['/userinfo', ['GET', 'POST']],
    ['/oauth/token', ['POST']],
    ['/oauth/par', ['POST']],
    ['/oauth/revoke', ['POST']],
    ['/oauth/introspect', ['POST']],
    ['/oauth/device/code', ['POST']],
    ['/bc-authorize', ['POST']],
    ['/.well-known/openid-configuration', ['GET', 'HEAD']],
    ['/.well-known/oauth-authorization-server', ['GET', 'HEAD']],
    ['/.well-known/jwks.json', ['GET', 'HEAD']],
    ['/me/v1/approvals', ['GET']],
    ['/me/v1/approvals/x', ['POST']],
  ]

  test.for(PATHS)('RV-01: %s takes %j, and says so to all others', async ([path, allowed]) => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    const answers = await Promise.all(
      methods.map(async (method) => {
        const url = new URL(path, world.vault.url)
        const { status, headers } = await fetch(url, { method, redirect: 'manual' })
        return { method, isTaken: status !== 405 && status < 500, allow: headers.get('allow') }
      }),
    )

    expect(answers).toEqual(
      methods.map((method) => {
        const isTaken = allowed.includes(method)
        return { method, isTaken, allow: isTaken ? null : allowed.join(', ') }
      }),
    )
  })

  test.for([
    '/Authorize',
    '/authorize/',
    '/OAUTH/token',
    '/oauth/token/',
    '/oidc/logout/',
    '/reg',
    '/interaction/x',
    '/session/end',
    '/auth',
  ])('nothing of the library’s own answers at %s', async (path) => {
    const response = await fetch(new URL(path, world.vault.url), { redirect: 'manual' })

    expect(response.status).toBe(404)
  })
})

describe('every answer to a client', () => {
  test.for([
    '/oauth/token',
    '/oauth/par',
    '/oauth/revoke',
    '/oauth/introspect',
    '/oauth/device/code',
    '/bc-authorize',
  ])('RV-05: %s is stored by nobody, good or bad', async (path) => {
    for (const parameters of [{}, { token: 'x' }, { client_secret: 'wrong' }]) {
      const { headers } = await world.call(path, CLIENTS.web, parameters)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('pragma')).toBe('no-cache')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test.for([
    '/oauth/par',
    '/oauth/revoke',
    '/oauth/introspect',
    '/oauth/device/code',
    '/bc-authorize',
  ])('RV-02, RV-03, RV-10: %s reads as the token endpoint does', async (path) => {
    const post = async (body: string, type: string): Promise<number> =>
      (await world.request(path, { method: 'POST', body, headers: { 'content-type': type } }))
        .status
    const form = 'application/x-www-form-urlencoded'
    const client = `client_id=${CLIENTS.web}&client_secret=${SECRET}`

    expect(await post('<x/>', 'text/xml')).toBe(400)
    expect(await post('{', 'application/json')).toBe(400)
    expect(await post('{"client_id":{"a":1}}', 'application/json')).toBe(400)
    expect(await post(`${client}&scope=a&scope=b`, form)).toBe(400)
    expect(await post(`${client}&client_id=x`, form)).toBe(400)
    expect(await post(`${client}&x=${'y'.repeat(60_000)}`, form)).toBe(413)
    expect(await post('', form)).toBe(401)
    expect(await post(`client_id=${CLIENTS.web}`, form)).toBe(401)
    expect(await post(`client_id=nobody&client_secret=${SECRET}`, form)).toBe(401)
  })

  test('RV-01: credentials in the address are none', async () => {
    const answer = await world.request(
      `/oauth/introspect?client_id=${CLIENTS.web}&client_secret=${SECRET}&token=x`,
      { method: 'POST' },
    )

    expect(answer.status).toBe(400)
  })
})
