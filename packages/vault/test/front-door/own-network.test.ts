import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createLogger, startVault } from '../../src/index.ts'

const SECRET = 'vks_0123456789abcdef0123456789abcdef'
const ISSUER = 'https://idp.internal/realms/a'

test('a login system of one`s own network is asked for its keys where outbound.allowedHosts names it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-own-network-'))
  let calls = 0
  const server = createServer((socket) => {
    calls += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const lines: string[] = []
  const logger = createLogger({ write: (line) => lines.push(line), now: () => 0 })
  const config = {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    trustedIssuers: [{ issuer: ISSUER, jwksUri: `https://${host}/certs` }],
    clients: [{ id: 'agent', secret: SECRET, subjects: [ISSUER] }],
    outbound: { allowedHosts: [host] },
  }
  const vault = await startVault(config, { logger })

  const response = await fetch(`${vault.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: 'agent',
      client_secret: SECRET,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: anUnverifiedToken(),
      audience: 'google-oauth2',
    }),
  })

  expect(response.status).toBe(503)
  expect(calls).toBe(1)
  const failure = lines.find((line) => line.includes('keys_unavailable')) ?? '{}'
  expect(JSON.parse(failure)).toMatchObject({ issuer: ISSUER, cause: 'connect_failed' })
  await vault.close()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

/** Whole, and of the issuer; its signature is never looked at where there are no keys. */
function anUnverifiedToken(): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'ES256', kid: '1' })}.${part({ iss: ISSUER, sub: 'alice' })}.${part('x')}`
}
