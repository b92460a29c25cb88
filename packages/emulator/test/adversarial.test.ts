import { connect } from 'node:net'

import type { Emulator } from '@valetkey/emulator'
import { expect, test } from 'vitest'

import { anEmulator } from './flow.ts'

test.each(['/google/token', '/notion/v1/oauth/token', '/_emulator/faults'])(
  'a huge body at %s is refused, and not kept',
  async (path) => {
    await using emulator = await anEmulator()

    const response = await fetch(emulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ a: 'x'.repeat(5_000_000) }),
    })

    expect(response.status).toBe(413)
    expect(JSON.stringify(emulator.log.entries())).not.toContain('xxx')
    expect(await isAlive(emulator)).toBe(true)
  },
)

test.each([
  'nonsense\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'POST /google/token HTTP/1.1\r\nHost: a b\r\nContent-Length: 5\r\n\r\nabcde',
  'POST /google/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nabc',
])('bytes that are no request do not stop it: %j', async (bytes) => {
  await using emulator = await anEmulator()
  const { port } = new URL(emulator.url)

  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.end(bytes)
    })
    socket.on('close', () => {
      resolve()
    })
    socket.on('error', () => {
      resolve()
    })
    socket.resume()
  })

  expect(await isAlive(emulator)).toBe(true)
})

test('a client that goes away while it waits does not stop it', async () => {
  await using emulator = await anEmulator()
  emulator.faults.add('google', { at: 'discovery', fault: { kind: 'hold' } })
  const leaving = new AbortController()
  const answer = fetch(`${emulator.url}/google/.well-known/openid-configuration`, {
    signal: leaving.signal,
  }).catch((error: unknown) => error)
  await emulator.log.arrival({ route: 'discovery' })
  leaving.abort()
  await answer
  emulator.faults.release()

  expect(await isAlive(emulator)).toBe(true)
})

async function isAlive(emulator: Emulator): Promise<boolean> {
  return (await fetch(`${emulator.url}/_emulator/state`)).ok
}
