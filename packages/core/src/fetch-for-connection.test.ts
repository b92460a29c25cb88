import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { aClient } from '../test/builders.ts'
import {
  close,
  listen,
  type ModelVault,
  startModelVault,
  tokenAnswer,
} from '../test/model-vault.ts'
import type { ValetKeyClient } from './client.ts'
import { fetchForConnection } from './fetch-for-connection.ts'

interface Api extends AsyncDisposable {
  readonly origin: string
  readonly seen: {
    readonly method: string
    readonly url: string
    readonly authorization: string | undefined
    readonly headers: IncomingMessage['headers']
    readonly body: string
  }[]
}

/** An API on a real port. */
async function startApi(
  handle: (request: Api['seen'][number], response: ServerResponse) => void,
): Promise<Api> {
  const seen: Api['seen'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { authorization } = request.headers
      const body = Buffer.concat(chunks).toString()
      const { method = '', url = '', headers } = request
      const entry = { method, url, authorization, headers, body }
      seen.push(entry)
      handle(entry, response)
    })
  })
  const origin = await listen(server)
  return { origin, seen, [Symbol.asyncDispose]: () => close(server) }
}

/** Hands out token-1, then token-2 and so on with each forced refresh. */
function startVault(apiOrigins: () => readonly string[], more: object = {}): Promise<ModelVault> {
  let generation = 1
  return startModelVault((request) => {
    if (request.form['force_refresh'] === `cac_a:${generation}`) generation += 1
    return tokenAnswer(request, {
      access_token: `provider-token-${generation}`,
      account: 'cac_a',
      generation,
      api_origins: apiOrigins(),
      ...more,
    })
  })
}

/** Runs inside a wrapper for github. */
function inTool<Result>(client: ValetKeyClient, run: () => Result): Promise<Awaited<Result>> {
  const call = { input: 1, toolCallId: 'c', toolName: 't', signal: undefined, context: undefined }
  return client.protect({ connection: 'github' }).run(call, run)
}

describe('the token', () => {
  test('goes to the API origins that the vault names', async () => {
    await using api = await startApi((_, response) => response.end('hello'))
    await using vault = await startVault(() => [`${api.origin}/v1`])
    const text = await inTool(aClient(vault.issuer), async () => {
      const response = await fetchForConnection()(`${api.origin}/v1/repos?page=2`, {
        headers: { 'x-mine': 'yes' },
      })
      return await response.text()
    })

    expect(text).toBe('hello')
    expect(api.seen).toMatchObject([
      { method: 'GET', url: '/v1/repos?page=2', authorization: 'Bearer provider-token-1' },
    ])
    expect(api.seen[0]?.headers['x-mine']).toBe('yes')
  })

  test('goes to apiHosts instead, where the app names them', async () => {
    await using api = await startApi((_, response) => response.end())
    await using vault = await startVault(() => ['https://api.github.com'])
    const client = aClient(vault.issuer, { apiHosts: { github: [api.origin] } })

    await inTool(client, async () => {
      await fetchForConnection('github')(new URL('/x', api.origin))
      await expect(fetchForConnection()('https://api.github.com/user')).rejects.toThrow(TypeError)
    })

    expect(api.seen).toHaveLength(1)
  })

  test('goes nowhere else, and nothing is sent there', async () => {
    await using api = await startApi((_, response) => response.end())
    await using vault = await startVault(() => [`${api.origin}/v1`, 'https://api.example.com'])
    const { port } = new URL(api.origin)
    const elsewhere = [
      `${api.origin}/`,
      `${api.origin}/v1evil`,
      `${api.origin}/v1/../admin`,
      `${api.origin}/v1/..%2fadmin`,
      `${api.origin}/v1/%2e%2e/admin`,
      `http://localhost:${port}/v1`,
      `https://127.0.0.1:${port}/v1`,
      'https://api.example.com.evil.example/',
      'https://evil-api.example.com/',
      'https://sub.api.example.com/',
      'http://api.example.com/',
      'https://api.example.com:8443/',
      'https://api.example.com@evil.example/',
      'data:text/plain,hello',
    ]

    await inTool(aClient(vault.issuer), async () => {
      for (const url of elsewhere) {
        await expect(fetchForConnection()(url)).rejects.toThrow(TypeError)
      }
    })

    expect(api.seen).toHaveLength(0)
  })

  test('needs known origins: the error says how to name them', async () => {
    await using vault = await startModelVault()
    await expect(
      inTool(aClient(vault.issuer), () => fetchForConnection()('https://api.example.com/')),
    ).rejects.toThrow(/apiHosts/)
  })

  test.for([
    ['in init', { headers: { Authorization: 'Bearer mine' } }, undefined],
    ['in a Request', undefined, { headers: { authorization: 'Basic bWluZQ==' } }],
  ] as const)("does not replace a caller's own Authorization %s", async ([, init, requestInit]) => {
    await using api = await startApi((_, response) => response.end())
    await using vault = await startVault(() => [api.origin])

    await expect(
      inTool(aClient(vault.issuer), () =>
        fetchForConnection()(new Request(`${api.origin}/`, requestInit), init),
      ),
    ).rejects.toThrow(/Authorization/)
    expect(api.seen).toHaveLength(0)
  })
})

describe('a redirect', () => {
  test('inside the API keeps the token, and turns POST into GET for 303', async () => {
    await using api = await startApi(({ url }, response) => {
      if (url === '/a') response.writeHead(303, { location: '/b' }).end()
      else response.end('there')
    })
    await using vault = await startVault(() => [api.origin])

    await inTool(aClient(vault.issuer), () =>
      fetchForConnection()(`${api.origin}/a`, { method: 'POST', body: 'data' }),
    )

    expect(api.seen).toMatchObject([
      { method: 'POST', url: '/a', body: 'data', authorization: 'Bearer provider-token-1' },
      { method: 'GET', url: '/b', body: '', authorization: 'Bearer provider-token-1' },
    ])
    expect(api.seen[1]?.headers['content-type']).toBeUndefined()
  })

  test('inside the API sends the body again for 307', async () => {
    await using api = await startApi(({ url }, response) => {
      if (url === '/a') response.writeHead(307, { location: '/b' }).end()
      else response.end()
    })
    await using vault = await startVault(() => [api.origin])

    await inTool(aClient(vault.issuer), () =>
      fetchForConnection()(`${api.origin}/a`, {
        method: 'PUT',
        body: new URLSearchParams({ a: '1' }),
      }),
    )

    expect(api.seen.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', 'a=1'],
      ['PUT', 'a=1'],
    ])
  })

  test('to another origin goes without the token and without secrets, and never gets it back', async () => {
    await using api = await startApi(({ url }, response) => {
      if (url === '/file') response.writeHead(302, { location: `${other.origin}/signed` }).end()
      else response.end('inside')
    })
    await using other = await startApi((_, response) => {
      response.writeHead(302, { location: `${api.origin}/admin` }).end()
    })
    await using vault = await startVault(() => [api.origin])

    await inTool(aClient(vault.issuer), () =>
      fetchForConnection()(`${api.origin}/file`, {
        headers: { accept: 'application/zip', 'x-api-key': 'mine', cookie: 'a=b' },
      }),
    )

    expect(other.seen).toMatchObject([{ url: '/signed', authorization: undefined }])
    expect(other.seen[0]?.headers).toMatchObject({ accept: 'application/zip' })
    expect(other.seen[0]?.headers).not.toHaveProperty('x-api-key')
    expect(other.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(api.seen.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/file', 'Bearer provider-token-1'],
      ['/admin', undefined],
    ])
  })

  test('that would carry a body to another origin is refused', async () => {
    await using other = await startApi((_, response) => response.end())
    await using api = await startApi((_, response) => {
      response.writeHead(308, { location: other.origin }).end()
    })
    await using vault = await startVault(() => [api.origin])

    await expect(
      inTool(aClient(vault.issuer), () =>
        fetchForConnection()(`${api.origin}/a`, { method: 'POST', body: 'private' }),
      ),
    ).rejects.toThrow(/redirect/)
    expect(other.seen).toHaveLength(0)
  })

  test.for([
    'http://other.example/',
    'ftp://other.example/',
    'file:///etc/passwd',
    'https://user:password@other.example/',
  ])('to %s is refused', async (location) => {
    await using api = await startApi((_, response) => {
      response.writeHead(302, { location }).end()
    })
    await using vault = await startVault(() => [api.origin])

    await expect(
      inTool(aClient(vault.issuer), () => fetchForConnection()(`${api.origin}/`)),
    ).rejects.toThrow(/redirect/)
  })

  test('without end is given up', async () => {
    await using api = await startApi((_, response) => {
      response.writeHead(302, { location: '/again' }).end()
    })
    await using vault = await startVault(() => [api.origin])

    await expect(
      inTool(aClient(vault.issuer), () => fetchForConnection()(`${api.origin}/`)),
    ).rejects.toThrow(/too many/)
    expect(api.seen).toHaveLength(21)
  })

  test("follows the caller's wish: manual and error", async () => {
    await using api = await startApi((_, response) => {
      response.writeHead(302, { location: '/b' }).end()
    })
    await using vault = await startVault(() => [api.origin])

    await inTool(aClient(vault.issuer), async () => {
      const response = await fetchForConnection()(`${api.origin}/a`, { redirect: 'manual' })
      expect(response.status).toBe(302)
      await expect(fetchForConnection()(`${api.origin}/a`, { redirect: 'error' })).rejects.toThrow(
        TypeError,
      )
    })
  })
})

describe('a refused token', () => {
  /** Accepts the second token only. */
  const secondOnly = ({ authorization }: Api['seen'][number], response: ServerResponse): void => {
    response.writeHead(authorization === 'Bearer provider-token-2' ? 200 : 401).end('body')
  }

  test.for([
    ['no body', {}],
    ['a text', { method: 'POST', body: 'text' }],
    ['a form', { method: 'POST', body: new URLSearchParams({ a: '1' }) }],
    ['bytes', { method: 'POST', body: new TextEncoder().encode('bytes') }],
  ] satisfies [string, RequestInit][])(
    'is renewed once, and the request repeated: %s',
    async ([, init]) => {
      await using api = await startApi(secondOnly)
      await using vault = await startVault(() => [api.origin])

      const status = await inTool(aClient(vault.issuer), async () => {
        return (await fetchForConnection()(new Request(`${api.origin}/`, init))).status
      })

      expect(status).toBe(200)
      expect(api.seen).toHaveLength(2)
      expect(api.seen[0]?.body).toBe(api.seen[1]?.body)
      expect(vault.requests).toHaveLength(2)
    },
  )

  test('is renewed once for twenty requests at once', async () => {
    await using api = await startApi(secondOnly)
    await using vault = await startVault(() => [api.origin])

    const statuses = await inTool(aClient(vault.issuer), async () => {
      const responses = await Promise.all(
        Array.from({ length: 20 }, () => fetchForConnection()(`${api.origin}/`)),
      )
      return responses.map(({ status }) => status)
    })

    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(vault.requests).toHaveLength(2)
  })

  test('with a stream for a body is renewed, and its 401 given to the caller', async () => {
    await using api = await startApi(secondOnly)
    await using vault = await startVault(() => [api.origin])

    const statuses = await inTool(aClient(vault.issuer), async () => {
      const body = new Blob(['streamed']).stream()
      const init = { method: 'POST', body, duplex: 'half' }
      const first = await fetchForConnection()(`${api.origin}/`, init)
      const second = await fetchForConnection()(`${api.origin}/`)
      return [first.status, second.status]
    })

    expect(statuses).toEqual([401, 200])
    expect(api.seen[0]?.body).toBe('streamed')
  })

  test('that stays refused is given to the caller, after one repetition', async () => {
    await using api = await startApi((_, response) => response.writeHead(401).end('why'))
    await using vault = await startVault(() => [api.origin])

    const text = await inTool(aClient(vault.issuer), async () => {
      return await (await fetchForConnection()(`${api.origin}/`)).text()
    })

    expect(text).toBe('why')
    expect(api.seen).toHaveLength(2)
  })

  test('that the vault cannot renew interrupts the tool, with the call in the interrupt', async () => {
    await using api = await startApi((_, response) => response.writeHead(401).end())
    await using vault = await startModelVault((request) =>
      request.form['force_refresh'] === undefined
        ? tokenAnswer(request, { api_origins: [api.origin], account: 'cac_a', generation: 1 })
        : {
            status: 400,
            json: { error: 'interaction_required', vault_error: 'reconnect_required' },
          },
    )
    const tool = aClient(vault.issuer).withTokenForConnection({ connection: 'github' }, () =>
      fetchForConnection()(`${api.origin}/`),
    )

    await expect(tool(undefined, { toolCallId: 'c', toolName: 't' })).rejects.toMatchObject({
      interrupt: { reason: 'reconnect_required', tool: { callId: 'c', name: 't' } },
    })
  })

  test('behind a redirect to elsewhere is not renewed', async () => {
    await using other = await startApi((_, response) => response.writeHead(401).end())
    await using api = await startApi((_, response) => {
      response.writeHead(302, { location: other.origin }).end()
    })
    await using vault = await startVault(() => [api.origin])

    const response = await inTool(aClient(vault.issuer), () =>
      fetchForConnection()(`${api.origin}/`),
    )

    expect(response.status).toBe(401)
    expect(vault.requests).toHaveLength(1)
  })

  test.for(['invalid_auth', 'token_expired', 'token_revoked', 'not_authed', 'account_inactive'])(
    "may come as Slack's 200: %s",
    async (error) => {
      await using api = await startApi(({ authorization }, response) => {
        const isGood = authorization === 'Bearer provider-token-2'
        response
          .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
          .end(JSON.stringify(isGood ? { ok: true } : { ok: false, error }))
      })
      await using vault = await startVault(() => [api.origin], { api_errors: 'slack_ok_false' })

      const body = await inTool(aClient(vault.issuer), async () => {
        const parsed: unknown = await (await fetchForConnection()(`${api.origin}/`)).json()
        return parsed
      })

      expect(body).toEqual({ ok: true })
      expect(vault.requests).toHaveLength(2)
    },
  )

  test("is not looked for in Slack's 200 beyond a refusal's length, which may have no end", async () => {
    const start = `{"ok":false,"error":"invalid_auth","more":"${'x'.repeat(20_000)}`
    await using api = await startApi((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write(start)
    })
    await using vault = await startVault(() => [api.origin], { api_errors: 'slack_ok_false' })
    const end = new AbortController()

    const read = await inTool(aClient(vault.issuer), async () => {
      const { body } = await fetchForConnection()(`${api.origin}/`, { signal: end.signal })
      const decoder = new TextDecoder()
      let text = ''
      for await (const chunk of body ?? []) {
        text += decoder.decode(chunk, { stream: true })
        if (text.length === start.length) break
      }
      return text
    })
    end.abort()

    expect(read).toBe(start)
    expect(vault.requests).toHaveLength(1)
  })

  test("another of Slack's errors, or the same from another provider, is an answer", async () => {
    let text = '{"ok":false,"error":"channel_not_found"}'
    await using api = await startApi((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    })
    await using slack = await startVault(() => [api.origin], { api_errors: 'slack_ok_false' })
    await using plain = await startVault(() => [api.origin])

    await inTool(aClient(slack.issuer), () => fetchForConnection()(`${api.origin}/`))
    text = '{"ok":false,"error":"invalid_auth"}'
    await inTool(aClient(plain.issuer), () => fetchForConnection()(`${api.origin}/`))

    expect([slack.requests.length, plain.requests.length]).toEqual([1, 1])
  })
})

test('outside a wrapper it throws at once', () => {
  expect(() => fetchForConnection()).toThrow(TypeError)
})
