import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { afterAll, expect, test } from 'vitest'

import { openLoopbackCertificate, startVault, type VaultConfig } from '../../src/index.ts'
import { CALENDAR, startVaultWorld } from './vault-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { tls, authority } = await openLoopbackCertificate(join(folder, 'tls'))

function aConfig(name: string, issuer?: string): VaultConfig {
  return {
    issuer,
    storage: { sqlite: join(folder, `${name}.db`) },
    keys: { local: randomBytes(32) },
  }
}

/** As NODE_EXTRA_CA_CERTS does, for the rest of this file. */
function trustAuthority(): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority.file, 'utf8')])
}

test('with TLS and without an issuer a vault is https://localhost, for those who trust its authority', async () => {
  const started = await startVault(aConfig('own-issuer'), { tls })
  const { port } = new URL(started.url)

  expect(started.url).toBe(`https://127.0.0.1:${port}`)
  expect(started.issuer).toBe(`https://localhost:${port}/`)
  await expect(fetch(`${started.issuer}readyz`)).rejects.toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }) as unknown,
    }),
  )
  await expect(fetch(`http://localhost:${port}/readyz`)).rejects.toThrow('fetch failed')

  trustAuthority()
  expect((await fetch(`${started.issuer}readyz`)).status).toBe(200)
  expect((await fetch(`${started.url}/readyz`)).status).toBe(200)
  await started.close()
})

test('an own address is for loopback alone, with TLS too', async () => {
  for (const host of ['0.0.0.0', '::', 'vault.internal']) {
    await expect(startVault(aConfig('exposed'), { host, tls })).rejects.toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  }
})

test('an http issuer and TLS contradict each other', async () => {
  await expect(
    startVault(aConfig('contradiction', 'http://localhost:8787/'), { tls }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringContaining('Write https:') as unknown,
    }),
  )
})

test('a vault with a certificate of its own may listen on every address', async () => {
  const started = await startVault(aConfig('every-address', 'https://vault.example.com/'), {
    host: '0.0.0.0',
    tls,
  })

  expect(started.issuer).toBe('https://vault.example.com/')
  trustAuthority()
  const response = await fetch(`${started.url.replace('0.0.0.0', '127.0.0.1')}/readyz`)
  expect(response.status).toBe(200)
  await started.close()
})

test.each([undefined, 'https://vault.example.com/'])(
  'a certificate that is none stops the start, and leaves no start in the audit log (issuer: %s)',
  async (issuer) => {
    const config = aConfig(`no-certificate-${issuer === undefined}`, issuer)

    await expect(startVault(config, { tls: { key: 'canary', certificate: 'x' } })).rejects.toThrow(
      TypeError,
    )

    // The database was given up, too.
    const started = await startVault(config)
    await started.close()
  },
)

test('RV-72: the whole flow works over https, with cookies that are Secure and __Host-', async () => {
  trustAuthority()
  const world = await startVaultWorld({ tls })

  const started = await world.me('demo', 'POST', '/connect', {
    connection: 'google-oauth2',
    redirect_uri: 'https://app.example.com/connected',
  })
  const { connect_uri, connect_params } = started.body
  expect(connect_uri).toBe(`${world.vault.issuer}connect`)
  const page = await fetch(`${connect_uri}?ticket=${connect_params?.ticket}`)
  expect(page.headers.get('set-cookie')).toMatch(/^__Host-valetkey-form=.+; Secure/)
  expect(page.headers.has('strict-transport-security')).toBe(false)

  expect(await world.connect('demo', { scopes: [CALENDAR] })).toMatchObject({ status: 201 })
  expect(await world.exchange('demo', { scope: CALENDAR })).toMatchObject({ status: 200 })

  await world.close()
})
