import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { startVault, verifyAudit, type VaultConfig } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-start-address-'))
afterAll(() => rmSync(folder, { recursive: true }))

function aConfig(name: string, issuer: string): VaultConfig {
  return {
    issuer,
    storage: { sqlite: join(folder, `${name}.db`) },
    keys: { local: randomBytes(32) },
  }
}

test.each(['0.0.0.0', '::', '192.0.2.1', 'vault.internal'])(
  'a vault of this machine alone does not listen on %s',
  async (host) => {
    const config = aConfig('exposed', 'http://127.0.0.1:8787/')

    await expect(startVault(config, { host })).rejects.toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringContaining('Listen on 127.0.0.1') as unknown,
      }),
    )
  },
)

test.each([
  ['http://127.0.0.1:8787/', 'localhost'],
  ['http://localhost:8787/', '127.0.0.1'],
  ['https://vault.example.com/', '0.0.0.0'],
  ['https://localhost/', '0.0.0.0'],
])('a vault called %s may listen on %s', async (issuer, host) => {
  const started = await startVault(aConfig(encodeURIComponent(issuer), issuer), { host })

  expect((await fetch(`${started.url.replace('0.0.0.0', '127.0.0.1')}/readyz`)).status).toBe(200)
  await started.close()
})

test('a start that finds its port taken leaves no start and no stop in the audit log', async () => {
  const first = await startVault(aConfig('first', 'https://vault.example.com/'))
  const config = aConfig('second', 'https://vault.example.com/')
  const port = Number(new URL(first.url).port)

  await expect(startVault(config, { port })).rejects.toThrow(
    expect.objectContaining({ code: 'EADDRINUSE' }),
  )

  expect(await verifyAudit(config)).toMatchObject({ ok: true, records: 0 })
  await first.close()
})
