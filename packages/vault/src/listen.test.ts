import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

import { expect, test } from 'vitest'

import { deferred } from '../test/deferred.ts'
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
