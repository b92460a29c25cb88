import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { openLoopbackCertificate, type LoopbackCertificate } from './open-loopback-certificate.ts'
import { systemRuntime } from './runtime.ts'

const root = mkdtempSync(join(tmpdir(), 'valetkey-certificate-'))
afterAll(() => rmSync(root, { recursive: true }))

const DAY_SECONDS = 86_400
const NOW = systemRuntime.now()

function aFolder(): string {
  return mkdtempSync(join(root, 'tls-'))
}

function open(folder: string, { afterDays = 0 } = {}): Promise<LoopbackCertificate> {
  const runtime = { ...systemRuntime, now: () => NOW + afterDays * DAY_SECONDS }
  return openLoopbackCertificate(folder, { runtime })
}

function daysOf({ tls }: LoopbackCertificate): number {
  const { validFrom, validTo } = new X509Certificate(tls.certificate)
  return (Date.parse(validTo) - Date.parse(validFrom)) / 1000 / DAY_SECONDS
}

test('makes a folder of its own, whose private keys nobody else may use', async () => {
  const folder = join(aFolder(), 'made', 'tls')

  const { authority } = await open(folder)

  expect(authority).toMatchObject({
    file: join(folder, 'ca.pem'),
    name: expect.stringMatching(/^Valet Key development [0-9a-f]{8}$/) as unknown,
    origin: 'made',
  })
  expect(readdirSync(folder).toSorted()).toEqual([
    'ca.key',
    'ca.pem',
    'localhost.key',
    'localhost.pem',
  ])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'ca.key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'localhost.key')).mode & 0o777).toBe(0o600)
})

test('no certificate is valid for more than 397 days', async () => {
  expect(daysOf(await open(aFolder()))).toBeLessThanOrEqual(397)
})

test('is the same after a restart', async () => {
  const folder = aFolder()
  const before = await open(folder)

  const after = await open(folder, { afterDays: 300 })

  expect(after).toEqual({ ...before, authority: { ...before.authority, origin: 'kept' } })
})

test('renews the certificate in time, under the authority that was trusted', async () => {
  const folder = aFolder()
  const before = await open(folder)

  const after = await open(folder, { afterDays: 306 })

  expect(after.authority).toEqual({ ...before.authority, origin: 'kept' })
  expect(after.tls.certificate).not.toBe(before.tls.certificate)
  expect(after.tls.key).not.toBe(before.tls.key)
  expect(daysOf(after)).toBeLessThanOrEqual(397)
})

test('no certificate outlives its authority, which is made anew before', async () => {
  const folder = aFolder()
  const before = await open(folder)
  const authorityEnd = NOW + 5 * 365 * DAY_SECONDS

  const kept = await open(folder, { afterDays: 4 * 365 })
  expect(kept.authority.origin).toBe('kept')
  expect(Date.parse(new X509Certificate(kept.tls.certificate).validTo) / 1000).toBeLessThanOrEqual(
    authorityEnd,
  )

  const after = await open(folder, { afterDays: 4 * 365 + 1 })
  expect(after.authority.origin).toBe('made')
  expect(after.authority.name).not.toBe(before.authority.name)
})

test('makes anew what a clock says is not valid yet', async () => {
  const folder = aFolder()
  await open(folder, { afterDays: 30 })

  expect((await open(folder)).authority.origin).toBe('made')
})

test.each(['ca.key', 'ca.pem'])('a missing %s makes a new authority', async (file) => {
  const folder = aFolder()
  const before = await open(folder)
  rmSync(join(folder, file))

  const after = await open(folder)

  expect(after.authority.origin).toBe('made')
  expect(after.tls.certificate).not.toBe(before.tls.certificate)
})

test.each([
  ['nothing', ''],
  ['no PEM', 'hello'],
  ['a broken PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('a certificate that holds %s is made anew, and so is a key', async (_, content) => {
  const folder = aFolder()
  const before = await open(folder)

  for (const file of ['localhost.pem', 'localhost.key']) {
    writeFileSync(join(folder, file), content)
    const after = await open(folder)
    expect(after.authority).toEqual({ ...before.authority, origin: 'kept' })
    expect(new X509Certificate(after.tls.certificate).checkHost('localhost')).toBe('localhost')
  }
})

test('a certificate of another authority, of another key or for other names is made anew', async () => {
  const folder = aFolder()
  const before = await open(folder)
  const elsewhere = aFolder()
  await open(elsewhere)

  for (const [from, to] of [
    [join(elsewhere, 'localhost.pem'), 'localhost.pem'],
    [join(elsewhere, 'localhost.key'), 'localhost.key'],
    [join(folder, 'ca.pem'), 'localhost.pem'],
  ] as const) {
    copyFileSync(from, join(folder, to))
    const { tls, authority } = await open(folder)
    expect(authority).toEqual({ ...before.authority, origin: 'kept' })
    expect(new X509Certificate(tls.certificate).checkIP('127.0.0.1')).toBe('127.0.0.1')
  }
  // Both halves of the authority's own: a pair, but no certificate for a host.
  copyFileSync(join(folder, 'ca.pem'), join(folder, 'localhost.pem'))
  copyFileSync(join(folder, 'ca.key'), join(folder, 'localhost.key'))
  const { tls } = await open(folder)
  expect(new X509Certificate(tls.certificate).checkIP('::1')).toBe('::1')
})

test.each(['ca.key', 'localhost.key'])(
  'a %s that others may read is refused, and not replaced',
  async (file) => {
    const folder = aFolder()
    await open(folder)
    chmodSync(join(folder, file), 0o644)

    await expect(open(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'key_file_exposed' }),
    )
  },
)
