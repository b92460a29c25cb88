import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'

import { createVault, startVault, type VaultConfig } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-start-'))
afterAll(() => rmSync(folder, { recursive: true }))

function aConfig(name: string, change: Partial<VaultConfig> = {}): VaultConfig {
  return {
    issuer: 'https://vault.example.com/',
    storage: { sqlite: join(folder, `${name}.db`) },
    keys: { local: randomBytes(32) },
    ...change,
  }
}

test('answers without a port, for servers that have one', async () => {
  const vault = await createVault(aConfig('no-port'))

  const response = await vault.fetch(new Request('https://vault.example.com/readyz'))

  expect(response.status).toBe(200)
  expect(response.headers.get('strict-transport-security')).toMatch(/max-age/)
  await vault.stop()
  expect((await vault.fetch(new Request('https://vault.example.com/readyz'))).status).toBe(503)
})

test('takes the address it listens on as issuer, on loopback only', async () => {
  const started = await startVault(aConfig('own-issuer', { issuer: undefined }))

  expect(started.issuer).toBe(`${started.url}/`)
  expect((await fetch(`${started.url}/readyz`)).status).toBe(200)
  await started.close()
  await started.close()
  await expect(
    startVault(aConfig('own-issuer', { issuer: undefined }), { host: '0.0.0.0' }),
  ).rejects.toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

test('without issuer there is no vault', async () => {
  await expect(createVault(aConfig('no-issuer', { issuer: undefined }))).rejects.toThrow(
    /issuer is missing/,
  )
})

function aKeyFile(name: string, mode: number, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return `file:${path}`
}

test.each([
  ['no key file', () => ({ local: `file:${join(folder, 'nope.key')}` }), 'key_file_unusable'],
  [
    'a key file that others can read',
    () => ({ local: aKeyFile('open.key', 0o644, randomBytes(32).toString('base64url')) }),
    'key_file_exposed',
  ],
  ['a short key', () => ({ local: aKeyFile('short.key', 0o600, 'abc') }), 'key_weak'],
  ['a key of zeros', () => ({ local: new Uint8Array(32) }), 'key_weak'],
])('does not start with %s', async (name, keys, code) => {
  await expect(createVault(aConfig(name, { keys: keys() }))).rejects.toThrow(
    expect.objectContaining({ code }),
  )
})

test('does not start with a key that is not the one of its database', async () => {
  const config = aConfig('other-key')
  const vault = await createVault(config)
  await vault.stop()

  await expect(createVault({ ...config, keys: { local: randomBytes(32) } })).rejects.toThrow(
    expect.objectContaining({ code: 'key_service_mismatch' }),
  )
})

test('does not start when its keys are gone and what they sealed is not', async () => {
  const config = aConfig('no-keys')
  const vault = await createVault(config)
  await vault.stop()
  const database = new BetterSqlite3(join(folder, 'no-keys.db'))
  database.exec('delete from key_versions')
  database.close()

  await expect(createVault(config)).rejects.toThrow(
    expect.objectContaining({ code: 'key_versions_missing' }),
  )
})

test('does not start where its database cannot be', async () => {
  const storage = { sqlite: join(folder, 'no-such-folder', 'vault.db') }

  await expect(createVault(aConfig('x', { storage }))).rejects.toThrow(
    expect.objectContaining({ code: 'storage_unusable' }),
  )
})

test('listens on nothing when anything is wrong', async () => {
  const config = aConfig('listens-not', { keys: { local: new Uint8Array(32) } })
  const port = await aFreePort()

  await expect(startVault(config, { port })).rejects.toThrow(/key/)
  await expect(startVault({ ...config, issuer: undefined }, { port })).rejects.toThrow(/key/)

  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

test('gives up its database when its port is taken', async () => {
  const config = aConfig('taken')
  const first = await startVault(config)
  const { port } = new URL(first.url)

  await expect(startVault(aConfig('taken-2'), { port: Number(port) })).rejects.toThrow(
    expect.objectContaining({ code: 'EADDRINUSE' }),
  )

  await first.close()
})

async function aFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise<unknown>((resolve) => {
    server.close(resolve)
  })
  return typeof address === 'object' && address !== null ? address.port : 0
}
