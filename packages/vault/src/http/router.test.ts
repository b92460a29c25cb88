import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import { createLogger } from '../logging/create-logger.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import { systemRuntime } from '../runtime.ts'
import type { RouteHandler } from './request-context.ts'
import { createRouter } from './router.ts'
import type { Route, RouterDependencies } from './router.ts'

const origin = 'https://vault.example.com'

const echo: RouteHandler = async (request, context) =>
  Response.json({ body: await request.text(), context })

function aRouter(
  routes: readonly Route[],
  {
    issuer = `${origin}/`,
    trustedHops = 0,
    isScriptOrigin,
  }: Partial<Pick<RouterDependencies, 'issuer' | 'trustedHops' | 'isScriptOrigin'>> = {},
) {
  const lines: string[] = []
  const router = createRouter({
    routes,
    issuer,
    runtime: systemRuntime,
    monotonicNow: () => 0,
    logger: createLogger({ write: (line) => lines.push(line), now: () => 0 }),
    trustedHops,
    isScriptOrigin,
  })
  const send = (path: string, init?: RequestInit) =>
    router.fetch(new Request(`${origin}${path}`, init), { peerAddress: '192.0.2.1' })
  return { send, lines }
}

const routes: readonly Route[] = [
  { method: 'POST', path: '/oauth/token', handle: echo },
  { method: 'GET', path: '/callback/:connection', handle: echo },
  { method: 'GET', path: '/accounts', handle: echo },
  { method: 'POST', path: '/accounts', handle: echo },
  { method: 'GET', path: '/healthz', handle: echo, head: 'answered' },
]

test('leads a request to its route, with what the route needs to know', async () => {
  const { send } = aRouter(routes)

  const response = await send('/oauth/token?client_secret=x', { method: 'POST', body: 'a=b' })

  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    body: 'a=b',
    context: { remoteAddress: '192.0.2.1', requestId: response.headers.get('x-request-id') },
  })
})

test('decodes what stands in a path', async () => {
  const { send } = aRouter(routes)

  const response = await send('/callback/work%2Fslack')

  expect(await response.json()).toMatchObject({
    context: { pathParameters: { connection: 'work/slack' } },
  })
})

test('believes X-Forwarded-For only from as many proxies as it is told of', async () => {
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' }
  const addressWith = async (trustedHops: number) => {
    const response = await aRouter(routes, { trustedHops }).send('/accounts', { headers })
    const { context } = (await response.json()) as { context: { remoteAddress: string } }
    return context.remoteAddress
  }

  expect(await addressWith(0)).toBe('192.0.2.1')
  expect(await addressWith(1)).toBe('203.0.113.9')
})

test.each([
  ['GET', '/oauth/token', 'POST'],
  ['HEAD', '/oauth/token', 'POST'],
  ['OPTIONS', '/oauth/token', 'POST'],
  ['PUT', '/oauth/token', 'POST'],
  ['DELETE', '/accounts', 'GET, POST'],
  ['HEAD', '/accounts', 'GET, POST'],
  ['HEAD', '/callback/google', 'GET'],
  ['POST', '/healthz', 'GET, HEAD'],
])('RV-01: answers %s %s with 405, and what is allowed', async (method, path, allow) => {
  const { send } = aRouter(routes)

  const response = await send(path, { method })

  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe(allow)
})

test('answers HEAD where a route says so', async () => {
  const { send } = aRouter(routes)

  const response = await send('/healthz', { method: 'HEAD' })

  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

test.each(['/oauth/token/', '/OAuth/token', '//oauth/token', '/', '/callback/', '/callback/a/b'])(
  'finds nothing at %s',
  async (path) => {
    const { send } = aRouter(routes)

    const response = await send(path, { method: 'POST' })

    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: 'not_found' })
  },
)

test.each([
  ['GET', '/healthz'],
  ['GET', '/nothing'],
  ['GET', '/oauth/token'],
  ['POST', '/oauth/token'],
])('RV-05, RV-71: puts the same guards on every answer (%s %s)', async (method, path) => {
  const { send } = aRouter(routes)

  const { headers } = await send(path, { method })

  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('pragma')).toBe('no-cache')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('strict-transport-security')).toContain('max-age=')
})

test('leaves alone what a route says of caching and content', async () => {
  const handle = async () =>
    new Response('', {
      headers: { 'cache-control': 'public, max-age=60', 'content-security-policy': 'mine' },
    })
  const { send } = aRouter([{ method: 'GET', path: '/', handle }])

  const { headers } = await send('/')

  expect(headers.get('cache-control')).toBe('public, max-age=60')
  expect(headers.get('content-security-policy')).toBe('mine')
  expect(headers.has('pragma')).toBe(false)
})

test('RV-08: opens nothing to other origins, whatever a route says', async () => {
  const handle = async () => new Response('', { headers: { 'access-control-allow-origin': '*' } })
  const { send } = aRouter([{ method: 'GET', path: '/', handle }])

  const { headers } = await send('/', { headers: { origin: 'https://evil.example.com' } })

  expect(headers.has('access-control-allow-origin')).toBe(false)
})

describe('R26: scripts of other origins', () => {
  const APP = 'https://app.example.com'
  const handle: RouteHandler = async (request, { answersTo }) => {
    const id = request.headers.get('x-client')
    const app = { authentication: { method: 'none' }, origins: [APP] } as const
    const backend = {
      origins: [APP],
      authentication: { method: 'client_secret', secretHashes: [] },
    }
    if (id === 'app') answersTo?.(aClient(app))
    if (id === 'other-app') answersTo?.(aClient({ ...app, origins: ['https://b.example'] }))
    if (id === 'backend') answersTo?.(aClient(backend as Partial<Client>))
    if (id === 'failure') throw new Error('failed')
    const star = { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' }
    return new Response('', { headers: star })
  }
  const shared = { handle, scripts: 'answered' } as const
  const open: readonly Route[] = [
    { ...shared, method: 'POST', path: '/oauth/token' },
    { ...shared, method: 'GET', path: '/accounts/:id' },
    { ...shared, method: 'DELETE', path: '/accounts/:id' },
    { method: 'PATCH', path: '/accounts/:id', handle },
    { method: 'GET', path: '/connect', handle },
  ]
  const isScriptOrigin = async (origin: string) => origin === APP
  const router = () => aRouter(open, { isScriptOrigin })
  const preflight = (path: string, origin: string, method = 'POST') =>
    router().send(path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,dpop,x-anything',
      },
    })
  const corsOf = (headers: Headers) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

  test('of a registered origin are told what they may send', async () => {
    const response = await preflight('/accounts/cac_1', APP, 'DELETE')

    expect(response.status).toBe(204)
    expect(corsOf(response.headers)).toEqual({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, DELETE',
      'access-control-allow-headers': 'Authorization, DPoP, Content-Type, Auth0-Client',
      'access-control-max-age': '300',
    })
    expect(response.headers.get('vary')).toBe('Origin')
  })

  test.each([
    'https://evil.example',
    'null',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://APP.example.com',
    '*',
    '',
  ])('of another origin learn nothing: %j', async (origin) => {
    const asked = await preflight('/oauth/token', origin)
    const sent = await router().send('/oauth/token', { method: 'POST', headers: { origin } })

    expect(corsOf(asked.headers)).toEqual({})
    expect(corsOf(sent.headers)).toEqual({})
    expect(sent.headers.get('vary')).toBe('Origin')
  })

  test.each(['/connect', '/nowhere'])('may not call what is not for them: %s', async (path) => {
    const asked = await preflight(path, APP, 'GET')
    const sent = await router().send(path, { headers: { origin: APP } })

    expect(asked.status).toBe(path === '/connect' ? 405 : 404)
    expect(corsOf(asked.headers)).toEqual({})
    expect(corsOf(sent.headers)).toEqual({})
  })

  test('OPTIONS that is no preflight is a method like any other', async () => {
    const response = await router().send('/oauth/token', { method: 'OPTIONS' })

    expect(response.status).toBe(405)
  })

  test.each<[string, boolean]>([
    ['nobody', true],
    ['app', true],
    ['failure', true],
    ['other-app', false],
    ['backend', false],
  ])('read an answer for %s: %s', async (client, mayRead) => {
    const { headers } = await router().send('/oauth/token', {
      method: 'POST',
      headers: { origin: APP, 'x-client': client },
    })

    expect(corsOf(headers)).toEqual(
      mayRead
        ? {
            'access-control-allow-origin': APP,
            'access-control-expose-headers':
              'DPoP-Nonce, WWW-Authenticate, Location, Retry-After, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
          }
        : {},
    )
  })

  test('RV-08: never get a star or credentials, whatever a route says', async () => {
    for (const path of ['/oauth/token', '/connect']) {
      const method = path === '/connect' ? 'GET' : 'POST'
      const withOrigin = await router().send(path, { method, headers: { origin: APP } })
      const without = await router().send(path, { method })

      expect(withOrigin.headers.get('access-control-allow-origin')).not.toBe('*')
      expect(withOrigin.headers.has('access-control-allow-credentials')).toBe(false)
      expect(corsOf(without.headers)).toEqual({})
    }
  })

  test('are answered without leave when origins cannot be looked up', async () => {
    const { send, lines } = aRouter(open, {
      isScriptOrigin: async () => {
        throw new Error('down')
      },
    })

    const response = await send('/oauth/token', { method: 'POST', headers: { origin: APP } })

    expect(response.status).toBe(500)
    expect(corsOf(response.headers)).toEqual({})
    expect(lines.join()).toContain('request failed')
  })
})

test.each(['http://127.0.0.1:8787/', 'https://localhost:8787/', 'https://[::1]/'])(
  'promises no strict transport as %s: a browser would apply it to every port of this machine',
  async (issuer) => {
    const { send } = aRouter(routes, { issuer })

    const { headers } = await send('/healthz')

    expect(headers.has('strict-transport-security')).toBe(false)
  },
)

const canary = 'CANARY-b1946ac92492d2347c6235b4d2611184'

test.each([
  ['an error', new Error(canary, { cause: new Error(canary) })],
  ['text', canary],
  ['an object', { message: canary, status: 200 }],
  ['nothing', undefined],
])(
  'RV-09: turns a route that throws %s into an answer with an id and nothing else',
  async (_, thrown) => {
    const handle = async () => {
      throw thrown
    }
    const { send, lines } = aRouter([{ method: 'POST', path: '/oauth/token', handle }])

    const response = await send('/oauth/token', {
      method: 'POST',
      body: canary,
      headers: { authorization: `Bearer ${canary}` },
    })
    const text = await response.text()

    expect(response.status).toBe(500)
    expect(JSON.parse(text)).toMatchObject({
      error: 'server_error',
      request_id: response.headers.get('x-request-id'),
    })
    expect(text).not.toContain(canary)
    expect(lines.join('')).toContain(response.headers.get('x-request-id'))
    expect(lines.join('')).not.toContain(canary)
  },
)

test('logs which route answered, not the path that was sent', async () => {
  const { send, lines } = aRouter(routes)

  await send(`/callback/${canary}?code=${canary}`)
  await send(`/${canary}?access_token=${canary}`)

  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain('/callback/:connection')
  expect(lines.join('')).not.toContain(canary)
})

test('tells those to wait whose requests lead nowhere too often, and holds up nothing else', async () => {
  const taken: string[] = []
  const limiter: RateLimiter = {
    take: async (key) => (taken.push(key) > 1 ? 7.2 : undefined),
    reset: async () => undefined,
  }
  const tooMany = async () => new Response('a page', { status: 429 })
  const handle: RouteHandler = async (request) =>
    new Response('', { status: Number(new URL(request.url).searchParams.get('status')) })
  const refusals = { limiter, tooMany }
  const { send } = aRouter([{ method: 'GET', path: '/connect', handle, refusals }])

  expect((await send('/connect?status=404')).status).toBe(404)
  const second = await send('/connect?status=403')
  expect(second.status).toBe(429)
  expect(second.headers.get('retry-after')).toBe('8')
  expect(await second.text()).toBe('a page')
  for (const status of [200, 303, 503]) {
    expect((await send(`/connect?status=${status}`)).status).toBe(status)
  }
  expect(taken).toEqual(['192.0.2.1', '192.0.2.1'])
})

test('says once that a proxy seems to be in front of which nobody told it', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const warningsOf = async (trustedHops: number) => {
    const { send, lines } = aRouter(routes, { trustedHops })
    await send('/healthz')
    await send('/healthz', { headers })
    await send('/healthz', { headers })
    return lines.filter((line) => line.includes('proxy.trustedHops'))
  }

  expect(await warningsOf(0)).toHaveLength(1)
  expect(await warningsOf(1)).toHaveLength(0)
})
