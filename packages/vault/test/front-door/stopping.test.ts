import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { createVault } from '../../src/index.ts'
import { deferred } from '../deferred.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-stopping-'))
afterAll(() => rmSync(folder, { recursive: true }))

const issuer = 'https://vault.example.com/'

test('a vault that stops finishes what it has begun, and refuses what comes', async () => {
  const vault = await createVault({
    issuer,
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
  })
  const rest = deferred()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await rest.promise
      controller.enqueue(new TextEncoder().encode('grant_type=x'))
      controller.close()
    },
  })
  const token = (content: BodyInit): Promise<Response> => {
    const init: RequestInit & { readonly duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: content,
      duplex: 'half',
    }
    return vault.fetch(new Request(`${issuer}oauth/token`, init))
  }
  const begun = token(body)
  let isStopped = false
  const stopped = vault.stop().then(() => {
    isStopped = true
  })

  for (const late of [
    await token('grant_type=x'),
    await vault.fetch(new Request(`${issuer}connect?ticket=x`)),
    await vault.fetch(new Request(`${issuer}readyz`)),
  ]) {
    expect(late.status).toBe(503)
    expect(late.headers.get('retry-after')).toBe('1')
    expect(late.headers.get('cache-control')).toBe('no-store')
    expect(await late.json()).toMatchObject({ error: 'temporarily_unavailable' })
  }
  expect(isStopped).toBe(false)

  rest.resolve()
  expect((await begun).status).toBe(401)
  await stopped
  expect((await token('grant_type=x')).status).toBe(503)
})
