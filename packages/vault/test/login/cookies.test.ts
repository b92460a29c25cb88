import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { expect, test } from 'vitest'

import { openLoopbackCertificate } from '../../src/index.ts'
import { createBrowser, type Visit } from '../connect/browser.ts'
import { CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

interface SetCookie {
  readonly name: string
  readonly attributes: readonly string[]
}

/** Every cookie that the vault sets from the authorization request to its answer. */
async function cookiesOf(world: LoginWorld): Promise<readonly SetCookie[]> {
  const browser = createBrowser()
  const { host } = new URL(world.vault.issuer)
  const asked = await world.ask({ app: await world.app(CLIENTS.web), user: 'alice' })
  const lines: string[] = []
  for (let next: string | undefined = asked.url.href; next !== undefined;) {
    const visit: Visit = await browser.open(next)
    if (new URL(next).host === host) lines.push(...visit.headers.getSetCookie())
    const location = visit.location ?? ''
    next = /^https?:\/\/(?:127\.0\.0\.1|localhost):/.test(location) ? location : undefined
    if (next === undefined && !location.includes('code=')) throw new Error(`No login: ${location}`)
  }
  return lines
    .map((line) => line.split(';').map((part) => part.trim()))
    .map(([pair = '', ...rest]) => ({
      name: pair.split('=')[0] ?? '',
      attributes: rest.map((attribute) => attribute.toLowerCase()),
    }))
    .filter(({ attributes }) => !attributes.includes('max-age=0'))
    .filter(
      ({ attributes }) => !attributes.some((one) => one.startsWith('expires=thu, 01 jan 1970')),
    )
}

test('R13: over http, on loopback, cookies are what browsers take there', async () => {
  const world = await startLoginWorld()
  const cookies = await cookiesOf(world)

  expect(cookies.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['valetkey-session', 'valetkey-interaction', 'valetkey-resume']),
  )
  for (const { name, attributes } of cookies) {
    expect(attributes).toEqual(expect.arrayContaining(['httponly', 'samesite=lax']))
    expect(attributes).not.toContain('secure')
    expect(name).not.toMatch(/^__/)
  }
  await world.close()
})

test('R13, RV-72: over https those of the whole site are __Host-, those of one path __Secure-', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-cookies-'))
  const { tls, authority } = await openLoopbackCertificate(join(folder, 'tls'))
  // As NODE_EXTRA_CA_CERTS does.
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority.file, 'utf8')])
  const world = await startLoginWorld({ tls })
  const cookies = await cookiesOf(world)

  expect(cookies.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      '__Host-valetkey-session',
      '__Secure-valetkey-interaction',
      '__Secure-valetkey-resume',
    ]),
  )
  for (const { name, attributes } of cookies) {
    expect(attributes).toEqual(expect.arrayContaining(['secure', 'httponly', 'samesite=lax']))
    expect(attributes.some((one) => one.startsWith('domain='))).toBe(false)
    expect(attributes.includes('path=/')).toBe(name.startsWith('__Host-'))
    expect(name).toMatch(/^__(?:Host|Secure)-/)
  }
  await world.close()
  rmSync(folder, { recursive: true })
})
