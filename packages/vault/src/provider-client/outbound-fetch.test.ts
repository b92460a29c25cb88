import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'

import { createOutboundFetch } from './outbound-fetch.ts'

const running: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()))
})

/** A server that does exactly what `onConnection` says, and tells what it received. */
async function rawServer(onConnection: (socket: Socket, received: () => string) => void) {
  const sockets = new Set<Socket>()
  const received: string[] = []
  const server = createServer((socket) => {
    let text = ''
    const index = received.push('') - 1
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      received[index] = text
    })
    onConnection(socket, () => text)
  })
  const port = await listen(server, sockets)
  return { url: `http://127.0.0.1:${port}/token`, port, received, server }
}

async function listen(server: Server, sockets: Set<Socket>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  running.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** Answers with `bytes` once the whole request head has arrived. */
function answering(bytes: string | Buffer, then: (socket: Socket) => void = (s) => s.end()) {
  return rawServer((socket) => {
    socket.once('data', () => {
      socket.write(bytes, () => {
        then(socket)
      })
    })
  })
}

const local = createOutboundFetch({ allowLoopback: true })
const post = { method: 'POST', body: 'refresh_token=secret' } as const

describe('T13, RV-90: addresses', () => {
  test.each([
    'http://example.com/',
    'https://example.com:8443/',
    'https://user:password@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,hello',
    'http://127.0.0.1/',
    'http://localhost/',
    'https://[::1/',
    'not a url',
    '',
  ])('refuses the URL %j', async (url) => {
    const fetch = createOutboundFetch({ resolve: () => Promise.resolve(['93.184.216.34']) })

    expect(await fetch({ url, method: 'GET' })).toEqual({
      ok: false,
      code: 'refused_url',
      sent: false,
    })
  })

  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0x7f.1/',
    'https://%31%32%37.0.0.1/',
    'https://①②⑦.0.0.1/',
    'https://127.0.0.1./',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[2002:a9fe:a9fe::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/latest/meta-data/',
    'https://10.1.2.3/',
    'https://100.100.100.200/',
  ])('refuses the address in %j without resolving anything', async (url) => {
    const fetch = createOutboundFetch({
      resolve: (hostname) => Promise.reject(new Error(`resolved ${hostname}`)),
    })

    expect(await fetch({ url, method: 'GET' })).toEqual({
      ok: false,
      code: 'refused_address',
      sent: false,
    })
  })

  test.each([
    [['10.0.0.5']],
    [['127.0.0.1']],
    [['::1']],
    [['169.254.169.254']],
    [['93.184.216.34', '10.0.0.5']],
    [['2606:2800:220:1::1', '::ffff:10.0.0.5']],
    [['not an address']],
  ])('refuses a public name that resolves to %j', async (addresses) => {
    const fetch = createOutboundFetch({
      allowLoopback: true,
      resolve: () => Promise.resolve(addresses),
    })

    expect(await fetch({ url: 'https://provider.example/token', ...post })).toEqual({
      ok: false,
      code: 'refused_address',
      sent: false,
    })
  })

  test('allows loopback to no name but localhost, and that one nowhere else', async () => {
    const fetch = createOutboundFetch({
      allowLoopback: true,
      resolve: () => Promise.resolve(['93.184.216.34']),
    })

    expect(await fetch({ url: 'http://localhost:8080/', method: 'GET' })).toMatchObject({
      code: 'refused_address',
    })
    expect(await fetch({ url: 'http://localhost.example/', method: 'GET' })).toMatchObject({
      code: 'refused_url',
    })
  })

  test('connects to the address that was checked, whatever the name says next (rebinding)', async () => {
    // The system, too, says 127.0.0.1 for localhost: asking it again would fall into the trap.
    const trap = await answering('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrap')
    const good = createServer((socket) => {
      socket.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood')
    })
    await new Promise<void>((resolve) => good.listen(trap.port, '127.0.0.2', resolve))
    running.push(() => new Promise((resolve) => good.close(() => resolve())))
    const answers = ['127.0.0.2', '127.0.0.1']
    const fetch = createOutboundFetch({
      allowLoopback: true,
      resolve: () => Promise.resolve([answers.shift() ?? '127.0.0.1']),
    })

    const answer = await fetch({ url: `http://localhost:${trap.port}/`, method: 'GET' })

    expect(answer).toMatchObject({ ok: true, body: 'good' })
    expect(answers).toEqual(['127.0.0.1'])
    expect(trap.received).toEqual([])
  })

  test('calls a server of one`s own network that is allowed by name, its port and address whatever they are', async () => {
    const identity = selfSigned('idp.internal')
    const server = await tlsServer(identity)
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, identity.cert])
    const fetch = createOutboundFetch({
      allowedHosts: [`idp.internal:${server.port}`],
      resolve: () => Promise.resolve(['127.0.0.1']),
    })

    try {
      const answer = await fetch({ ...post, url: `https://idp.internal:${server.port}/token` })

      expect(answer).toMatchObject({ ok: true, status: 200 })
      expect(server.requests).toHaveLength(1)
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  test('and no other port, name or scheme', async () => {
    const fetch = createOutboundFetch({
      allowedHosts: ['idp.internal:8443', '10.0.0.7:443'],
      resolve: () => Promise.resolve(['10.0.0.7']),
    })
    const codeOf = async (url: string): Promise<unknown> => {
      const answer = await fetch({ url, method: 'GET' })
      return answer.ok ? 'ok' : answer.code
    }

    expect(await codeOf('http://idp.internal:8443/')).toBe('refused_url')
    expect(await codeOf('https://idp.internal:8444/')).toBe('refused_url')
    expect(await codeOf('https://idp.internal/')).toBe('refused_address')
    expect(await codeOf('https://other.internal:8443/')).toBe('refused_url')
    expect(await codeOf('https://idp.internal.example:8443/')).toBe('refused_url')
    expect(await codeOf('https://10.0.0.8/')).toBe('refused_address')
  })

  test('says that a name cannot be resolved', async () => {
    const empty = createOutboundFetch({ resolve: () => Promise.resolve([]) })
    const broken = createOutboundFetch({ resolve: () => Promise.reject(new Error('NXDOMAIN')) })
    const request = { url: 'https://provider.example/', method: 'GET' } as const

    expect(await empty(request)).toEqual({ ok: false, code: 'dns_failed', sent: false })
    expect(await broken(request)).toEqual({ ok: false, code: 'dns_failed', sent: false })
  })

  test('gives up on a resolver that never answers', async () => {
    const hanging = (): Promise<readonly string[]> => new Promise(() => undefined)
    const request = { url: 'https://provider.example/', method: 'GET' } as const
    const slowConnect = createOutboundFetch({ resolve: hanging, connectTimeoutSeconds: 0.02 })
    const slowTotal = createOutboundFetch({ resolve: hanging })

    expect(await slowConnect(request)).toEqual({ ok: false, code: 'dns_failed', sent: false })
    expect(await slowTotal({ ...request, timeoutSeconds: 0.02 })).toEqual({
      ok: false,
      code: 'timeout',
      sent: false,
    })
  })

  test('does not follow a redirect to the metadata service', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await answering(
        `HTTP/1.1 ${status} Moved\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n`,
      )

      expect(await local({ url: server.url, ...post })).toEqual({
        ok: false,
        code: 'redirect',
        sent: true,
      })
      expect(server.received).toHaveLength(1)
    }
  })
})

describe('R15: what was sent', () => {
  test('nothing, when the port is closed', async () => {
    const server = await rawServer(() => undefined)
    await new Promise((resolve) => server.server.close(resolve))

    expect(await local({ url: server.url, ...post })).toEqual({
      ok: false,
      code: 'connect_failed',
      sent: false,
    })
  })

  test('nothing, while a TLS handshake hangs', async () => {
    const server = await rawServer(() => undefined)
    let asked = 0
    const fetch = createOutboundFetch({ allowLoopback: true, connectTimeoutSeconds: 0.05 })

    const answer = await fetch({
      ...post,
      url: `https://127.0.0.1:${server.port}/token`,
      mayStillSend: () => (asked += 1) > 0,
    })

    expect(answer).toEqual({ ok: false, code: 'connect_failed', sent: false })
    expect(asked).toBe(0)
  })

  test('nothing, when the other side of TLS speaks something else or is not trusted', async () => {
    const plain = await answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const stranger = await tlsServer(selfSigned('localhost'))

    for (const port of [plain.port, stranger.port]) {
      expect(await local({ ...post, url: `https://localhost:${port}/token` })).toEqual({
        ok: false,
        code: 'connect_failed',
        sent: false,
      })
    }
    expect(stranger.requests).toEqual([])
  })

  test('perhaps, when the connection is reset before an answer', async () => {
    const atOnce = await rawServer((socket) => socket.resetAndDestroy())
    const afterRequest = await rawServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })

    expect(await local({ url: atOnce.url, ...post })).toMatchObject({ ok: false })
    expect(await local({ url: afterRequest.url, ...post })).toEqual({
      ok: false,
      code: 'reset',
      sent: true,
    })
    // Never again: a refresh token presented twice can end the whole grant.
    expect(atOnce.received.length).toBeLessThanOrEqual(1)
    expect(afterRequest.received).toHaveLength(1)
  })

  test.each([
    ['a half-close without an answer', ''],
    ['a body shorter than its length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"access_'],
    [
      'a chunked body that is not',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello',
    ],
    [
      'a chunked body that breaks off',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel',
    ],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nokk'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
  ])('perhaps, after %s', async (_name, bytes) => {
    const server = await answering(bytes)

    expect(await local({ url: server.url, ...post })).toEqual({
      ok: false,
      code: 'reset',
      sent: true,
    })
    expect(server.received).toHaveLength(1)
  })

  test.each([
    ['headers', ''],
    ['a body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a'],
    ['a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'],
    ['more than an interim answer', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'],
  ])('perhaps, when the server stops before %s', async (_name, bytes) => {
    const server = await answering(bytes, () => undefined)

    expect(await local({ url: server.url, ...post, timeoutSeconds: 0.4 })).toEqual({
      ok: false,
      code: 'timeout',
      sent: true,
    })
  })

  test('a body that drips is cut off by the total limit', async () => {
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const drip = setInterval(() => socket.write('x'), 5)
      socket.on('close', () => {
        clearInterval(drip)
      })
    })

    expect(await local({ url: server.url, method: 'GET', timeoutSeconds: 0.4 })).toMatchObject({
      code: 'timeout',
      sent: true,
    })
  })
})

describe('mayStillSend', () => {
  test('is asked when the connection stands, and false keeps every byte back', async () => {
    let release: (addresses: readonly string[]) => void = () => undefined
    const events: string[] = []
    const server = await rawServer(() => events.push('connected'))
    const closed = new Promise<void>((resolve) => {
      server.server.once('connection', (socket) => socket.once('close', () => resolve()))
    })
    const fetch = createOutboundFetch({
      allowLoopback: true,
      resolve: () => new Promise((resolve) => (release = resolve)),
    })

    const pending = fetch({
      ...post,
      url: `http://localhost:${server.port}/token`,
      mayStillSend: () => {
        events.push('asked')
        return false
      },
    })
    events.push('resolving')
    release(['127.0.0.1'])
    const answer = await pending
    await closed

    expect(answer).toEqual({ ok: false, code: 'not_sent', sent: false })
    expect(server.received).toEqual([''])
    expect(events[0]).toBe('resolving')
    expect(events.toSorted()).toEqual(['asked', 'connected', 'resolving'])
  })

  test('is asked once TLS stands, and true lets the request go, once', async () => {
    const identity = selfSigned('localhost')
    const server = await tlsServer(identity)
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, identity.cert])
    let asked = 0

    try {
      const answer = await local({
        ...post,
        url: `https://localhost:${server.port}/token`,
        mayStillSend: () => (asked += 1) > 0,
      })

      expect(answer).toMatchObject({ ok: true, status: 200, body: 'ok' })
      expect(server.requests).toHaveLength(1)
      expect(server.requests[0]).toContain('refresh_token=secret')
      expect(asked).toBe(1)
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  test('a certificate for another name is refused before it is asked', async () => {
    const identity = selfSigned('other.example')
    const server = await tlsServer(identity)
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, identity.cert])
    let asked = 0

    try {
      const answer = await local({
        ...post,
        url: `https://localhost:${server.port}/token`,
        mayStillSend: () => (asked += 1) > 0,
      })

      expect(answer).toEqual({ ok: false, code: 'connect_failed', sent: false })
      expect(asked).toBe(0)
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  test('that throws counts as no', async () => {
    const server = await rawServer(() => undefined)

    const answer = await local({
      ...post,
      url: server.url,
      mayStillSend: () => {
        throw new Error('lease lost')
      },
    })

    expect(answer).toMatchObject({ ok: false, sent: false })
    expect(server.received.join('')).toBe('')
  })
})

describe('RV-90: answers', () => {
  test('come with status, headers and body; the request carries no cookie and no proxy', async () => {
    const seen: { headers: NodeJS.Dict<string | string[]>; body: string; url: string }[] = []
    const server = createHttpServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        seen.push({ headers: request.headers, body, url: request.url ?? '' })
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        response.setHeader('retry-after', '7')
        response.statusCode = 429
        response.end('{"error":"slow"}')
      })
    })
    const port = await listen(server, new Set())
    const before = { ...process.env }
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:1'
    try {
      for (let count = 0; count < 2; count += 1) {
        const answer = await local({
          url: `http://127.0.0.1:${port}/token?a=b#c`,
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'grant_type=refresh_token&refresh_token=ü',
        })
        expect(answer).toMatchObject({ ok: true, status: 429, body: '{"error":"slow"}' })
        expect(answer.ok && answer.headers.get('retry-after')).toBe('7')
      }
    } finally {
      process.env = before
    }

    expect(seen).toHaveLength(2)
    expect(seen[1]).toMatchObject({
      url: '/token?a=b',
      body: 'grant_type=refresh_token&refresh_token=ü',
      headers: {
        connection: 'close',
        'accept-encoding': 'identity',
        'user-agent': 'valetkey',
        host: `127.0.0.1:${port}`,
      },
    })
    expect(seen[1]?.headers['cookie']).toBeUndefined()
  })

  test('larger than allowed are cut off while they stream', async () => {
    let written = 0
    const server = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const more = (): void => {
          if (socket.destroyed) return
          written += 65_536
          if (socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)) setImmediate(more)
          else socket.once('drain', more)
        }
        more()
      })
    })

    const answer = await local({ url: server.url, method: 'GET', maxBytes: 100_000 })

    expect(answer).toEqual({ ok: false, code: 'too_large', sent: true })
    expect(written).toBeLessThan(64 * 1024 * 1024)
  })

  test('exactly as large as allowed are given', async () => {
    const server = await answering(`HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${'x'.repeat(10)}`)

    expect(await local({ url: server.url, method: 'GET', maxBytes: 10 })).toMatchObject({
      ok: true,
      body: 'x'.repeat(10),
    })
    expect(await local({ url: server.url, method: 'GET', maxBytes: 9 })).toMatchObject({
      code: 'too_large',
    })
  })

  test('that are a decompression bomb stay as small as they came', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`
    const server = await answering(Buffer.concat([Buffer.from(head), bomb]))

    const answer = await local({ url: server.url, method: 'GET' })

    expect(answer.ok && answer.body.length).toBeLessThanOrEqual(bomb.length)
  })

  test('may have any bytes in their headers', async () => {
    const server = await answering(
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\nx-odd: '),
        Buffer.from([0xe2, 0x82, 0xac]),
        Buffer.from('\r\nx-fine: yes\r\ncontent-length: 2\r\n\r\nok'),
      ]),
    )

    const answer = await local({ url: server.url, method: 'GET' })

    expect(answer).toMatchObject({ ok: true, body: 'ok' })
    expect(answer.ok && answer.headers.get('x-fine')).toBe('yes')
  })

  test('over IPv6 loopback work like any other', async () => {
    const server = createHttpServer((_request, response) => response.end('six'))
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
    running.push(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as AddressInfo

    expect(await local({ url: `http://[::1]:${port}/`, method: 'GET' })).toMatchObject({
      ok: true,
      body: 'six',
    })
  })
})

interface TlsIdentity {
  readonly key: string
  readonly cert: string
}

async function tlsServer({ key, cert }: TlsIdentity) {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const server = createTlsServer({ key, cert }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      requests.push(chunk.toString())
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  })
  server.on('tlsClientError', () => undefined)
  const port = await listen(server, sockets)
  return { port, requests }
}

/** A certificate (X.509 version 3, RFC 5280) for one DNS name, valid until 2049, signed by its own key. */
function selfSigned(name: string): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'))
  const subject = der(
    0x30,
    der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))),
  )
  const alternativeName = der(
    0x30,
    Buffer.from('0603551d11', 'hex'),
    der(0x04, der(0x30, der(0x82, Buffer.from(name)))),
  )
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, alternativeName)),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = der(
    0x30,
    body,
    ecdsaWithSha256,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  )
  const cert = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** One DER element (X.690 section 8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  let size = [length]
  if (length > 0xff) size = [0x82, length >> 8, length & 0xff]
  else if (length > 0x7f) size = [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
