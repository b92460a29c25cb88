import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { afterAll, afterEach, expect, test, vi } from 'vitest'
import * as z from 'zod'

import { valetkey, type Run } from './command.ts'

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'valetkey-dev-tls-'))
const runs: Run[] = []
afterEach(async () => {
  for (const run of runs.splice(0)) await stop(run)
})
afterAll(() => rmSync(folder, { recursive: true }))

const Setup = z.object({
  issuer: z.string(),
  emulator: z.string(),
  certificateAuthority: z.string(),
})

function dev(...parameters: readonly string[]): Run {
  const run = valetkey(['dev', '--tls', '--port', '0', ...parameters], { cwd: folder })
  runs.push(run)
  return run
}

async function stop({ child, ended }: Run): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

const FETCH = `
  try { console.log((await fetch(process.argv[1])).status) }
  catch (error) { console.log(error.cause.code) }
`

/** What a Node process with this environment gets from an address: the status, or the code of the failure. */
async function fetchElsewhere(
  url: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', FETCH, url], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return (await text(child.stdout)).trim()
}

test('another process reaches it by the authority that it names, and by no other way', async () => {
  const run = dev('--json', '--data', 'trusted')
  const setup = Setup.parse(JSON.parse(await run.firstLine()))

  expect(setup.issuer).toMatch(/^https:\/\/localhost:\d+\/$/)
  expect(setup.emulator).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(setup.certificateAuthority).toBe(join(folder, 'trusted', 'tls', 'ca.pem'))
  const url = `${setup.issuer}readyz`
  const trusting = { NODE_EXTRA_CA_CERTS: setup.certificateAuthority }
  expect(await fetchElsewhere(url, trusting)).toBe('200')
  expect(await fetchElsewhere(url.replace('localhost', '127.0.0.1'), trusting)).toBe('200')
  expect(await fetchElsewhere(url, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  expect(await fetchElsewhere(url.replace('https:', 'http:'), trusting)).toMatch(/^UND_ERR_SOCKET$/)
  // Still there.
  expect(await fetchElsewhere(url, trusting)).toBe('200')
  expect(run.stderr()).toBe('')
})

test('who trusted the authority once need not do so again after a restart', async () => {
  const first = dev('--json', '--data', 'kept')
  const { certificateAuthority } = Setup.parse(JSON.parse(await first.firstLine()))
  const trusted = statSync(certificateAuthority).mtimeMs
  await stop(first)

  const second = dev('--json', '--data', 'kept')
  const { issuer } = Setup.parse(JSON.parse(await second.firstLine()))

  expect(statSync(certificateAuthority).mtimeMs).toBe(trusted)
  const environment = { NODE_EXTRA_CA_CERTS: certificateAuthority }
  expect(await fetchElsewhere(`${issuer}readyz`, environment)).toBe('200')
})

test('says to a person how to trust it, and how to undo that', async () => {
  const run = dev('--data', 'for-people')
  await expect.poll(run.stdout, { timeout: 50_000 }).toContain('Ctrl-C')

  expect(run.stdout()).toMatch(/^VALETKEY_ISSUER=https:\/\/localhost:\d+\/$/m)
  expect(run.stdout()).toMatch(/NODE_EXTRA_CA_CERTS.*for-people.tls.ca\.pem/)
  expect(run.stdout()).toMatch(/"Valet Key development [0-9a-f]{8}", new: not trusted yet/)
})

test('does not use a private key that others may read', async () => {
  const first = dev('--json', '--data', 'exposed')
  const { certificateAuthority } = Setup.parse(JSON.parse(await first.firstLine()))
  await stop(first)
  const key = certificateAuthority.replace(/pem$/, 'key')
  expect(statSync(key).mode & 0o777).toBe(0o600)
  chmodSync(key, 0o644)

  const second = dev('--json', '--data', 'exposed')

  expect(await second.ended).toBe(1)
  expect(second.stdout()).toBe('')
  expect(second.stderr()).toContain('ca.key" has mode 0644')
})
