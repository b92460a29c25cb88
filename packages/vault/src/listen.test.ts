import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'

import { expect, test } from 'vitest'

import { deferred } from '../test/deferred.ts'
import {
  issueLoopbackAuthority,
  issueLoopbackCertificate,
} from './crypto/issue-loopback-certificate.ts'
import { listen } from './listen.ts'
import type { ListenOptions } from './listen.ts'

const quick = { graceSeconds: 5 }

function aServer(fetch: ListenOptions['fetch']) {
  return listen({ host: '127.0.0.1', port: 0, fetch })
}

/** What a server answers to bytes that a fetch client would not send. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

test('hands on the request and the address it came from', async () => {
  const server = await aServer(async (request, { remoteAddress }) =>
    Response.json({ url: request.url, body: await request.text(), remoteAddress }),
  )
  const url = `http://127.0.0.1:${server.port}/a?b=c`

  const response = await fetch(url, { method: 'POST', body: 'hello' })

  expect(await response.json()).toEqual({ url, body: 'hello', remoteAddress: '127.0.0.1' })
  await server.close(quick)
})

test('a request under way when closing begins is answered, and its connection ends', async () => {
  const arrived = deferred()
  const release = deferred()
  const server = await aServer(async () => {
    arrived.resolve()
    await release.promise
    return new Response('finished')
  })

  const answer = fetch(`http://127.0.0.1:${server.port}/`)
  await arrived.promise
  const closed = server.close(quick)
  release.resolve()

  expect(await (await answer).text()).toBe('finished')
  await closed
  await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow('fetch failed')
})

test('a request that has arrived when closing begins is answered, though it was not read yet', async () => {
  const server = await aServer(async () => new Response('finished'))
  const socket = connect(server.port, '127.0.0.1')
  const answer = text(socket)
  // The first answer shows that the connection is the server's; the second request is written, not read, when it closes.
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')

  await server.close(quick)

  const answers = (await answer).split('HTTP/1.1 200 OK').slice(1)
  expect(answers).toHaveLength(2)
  expect(answers[1]).toMatch(/connection: close/i)
})

test('closing cuts what does not finish in time', async () => {
  const arrived = deferred()
  const server = await aServer(async () => {
    arrived.resolve()
    return new Promise<Response>(() => undefined)
  })

  const outcome = fetch(`http://127.0.0.1:${server.port}/`).then(
    () => 'answered',
    () => 'cut',
  )
  await arrived.promise
  await server.close({ graceSeconds: 0 })

  expect(await outcome).toBe('cut')
})

test('leaves the globals of the process alone', async () => {
  const before = globalThis.Response
  const server = await aServer(async () => new Response())

  expect(globalThis.Response).toBe(before)
  await server.close(quick)
})

test('says that a port is taken by the code EADDRINUSE', async () => {
  const server = await aServer(async () => new Response())

  const second = listen({
    host: '127.0.0.1',
    port: server.port,
    fetch: async () => new Response(),
  })

  await expect(second).rejects.toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
  await server.close(quick)
})

test.each([
  ['a wrong Host header', 'GET / HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n'],
  ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: \\\r\nConnection: close\r\n\r\n'],
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['huge headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
])('refuses %s without reaching the vault or telling anything', async (_, bytes) => {
  let reached = 0
  const server = await aServer(async () => {
    reached++
    return new Response()
  })

  const answer = await send(server.port, bytes)

  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(answer.split('\r\n\r\n')[1]).toBe('')
  expect(reached).toBe(0)
  await server.close(quick)
})

const issuing = { now: Math.floor(Date.now() / 1000), lifetimeSeconds: 3600, randomBytes }
const authority = await issueLoopbackAuthority(issuing)
const tls = await issueLoopbackCertificate(authority, issuing)

async function aTlsServer({
  fetch = async () => new Response('hello'),
  ...options
}: Partial<ListenOptions> = {}) {
  return listen({ host: '127.0.0.1', port: 0, tls, fetch, ...options })
}

/** What a server answers over TLS to a client that trusts its authority. */
async function sendOverTls(port: number, bytes: string): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.certificate })
  socket.write(bytes)
  return text(socket)
}

/** Resolves when a connection ends, however it ends: it may be cut while something is still being written. */
function closeOf(socket: Socket): Promise<void> {
  socket.on('error', () => undefined)
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

const GET = 'GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

test('hands on over TLS what it hands on without', async () => {
  const server = await aTlsServer({
    fetch: async (request, { remoteAddress }) => Response.json({ url: request.url, remoteAddress }),
  })

  const answer = await sendOverTls(server.port, GET)

  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).toContain('{"url":"https://localhost/a?b=c","remoteAddress":"127.0.0.1"}')
  await server.close(quick)
})

test.each([
  ['plain HTTP', GET],
  ['no protocol at all', 'hello\r\n\r\n'],
  ['a record longer than any', '\x16\x03\x01\xff\xff' + 'x'.repeat(70_000)],
  ['an alert', '\x15\x03\x01\x00\x02\x02\x28'],
  ['half a hello', '\x16\x03\x01\x00\x05\x01\x00\x00\x01'],
])('a TLS port outlives %s, and answers nothing that is not TLS', async (_, bytes) => {
  let reached = 0
  const server = await aTlsServer({
    fetch: async () => {
      reached++
      return new Response('hello')
    },
  })
  const socket = connect(server.port, '127.0.0.1')
  const closed = closeOf(socket)
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))

  socket.end(bytes, 'latin1')
  await closed

  expect(Buffer.concat(received).toString('latin1')).not.toContain('HTTP')
  expect(reached).toBe(0)
  expect(await sendOverTls(server.port, GET)).toMatch(/^HTTP\/1\.1 200 /)
  await server.close(quick)
})

test.each([
  ['says nothing', ''],
  ['stops in the middle of its hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])('who %s in a TLS handshake is cut in time', async (_, bytes) => {
  const server = await aTlsServer({ handshakeSeconds: 0.1 })
  const socket = connect(server.port, '127.0.0.1')
  const closed = closeOf(socket)
  socket.resume()

  socket.write(bytes, 'latin1')
  await closed

  expect(await sendOverTls(server.port, GET)).toMatch(/^HTTP\/1\.1 200 /)
  await server.close(quick)
})

test('an unfinished TLS handshake does not hold up closing', async () => {
  const server = await aTlsServer({ handshakeSeconds: 3600 })
  const socket = connect(server.port, '127.0.0.1')
  const closed = closeOf(socket)
  await once(socket, 'connect')
  // An answer to somebody who came later shows that the server has it.
  await sendOverTls(server.port, GET)

  await server.close({ graceSeconds: 0 })

  socket.resume()
  await closed
  expect(socket.bytesRead).toBe(0)
})

test('a request under way over TLS is answered when closing begins', async () => {
  const arrived = deferred()
  const release = deferred()
  const server = await aTlsServer({
    fetch: async () => {
      arrived.resolve()
      await release.promise
      return new Response('finished')
    },
  })

  const answer = sendOverTls(server.port, GET)
  await arrived.promise
  const closed = server.close(quick)
  release.resolve()

  expect(await answer).toMatch(/finished/)
  await closed
})

test('offers neither TLS 1.1 nor another protocol than HTTP/1.1', async () => {
  const server = await aTlsServer()
  const options = { host: '127.0.0.1', port: server.port, ca: authority.certificate }

  const old = connectTls({
    ...options,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  await expect(once(old, 'secureConnect')).rejects.toThrow(/protocol version/)
  const modern = connectTls({ ...options, ALPNProtocols: ['h2', 'http/1.1'] })
  await once(modern, 'secureConnect')

  expect(modern.alpnProtocol).toBe('http/1.1')
  expect(modern.getProtocol()).toBe('TLSv1.3')
  modern.end()
  await server.close(quick)
})

test.each([
  ['no PEM', { key: 'secret-canary', certificate: 'certificate' }],
  ['the key of another certificate', { ...tls, key: authority.key }],
])('does not listen with %s, and does not tell the key', async (_, pair) => {
  const refused = aTlsServer({ tls: pair })

  await expect(refused).rejects.toThrow(TypeError)
  await expect(refused).rejects.not.toThrow(/canary/)
})
