import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { parseVaultConfig } from './define-vault.ts'
import type { SecretSources } from './resolve-secrets.ts'
import { resolveSecrets } from './resolve-secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'vault-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

const longSecret = 'a-secret-of-at-least-thirty-two-characters'

function resolveWith(
  {
    clientSecret = 'env:PROVIDER_SECRET',
    secret = 'env:AGENT_SECRET' as string | string[],
    local = 'file:./vault.key',
  },
  sources: Partial<SecretSources> = {},
) {
  const config = parseVaultConfig({
    storage: { sqlite: 'vault.db' },
    keys: { local },
    connections: [{ name: 'google-oauth2', provider: 'google', clientId: 'id', clientSecret }],
    clients: [{ id: 'my-agent', secret }],
  })
  return resolveSecrets(config, {
    environment: { PROVIDER_SECRET: 'provider-secret', AGENT_SECRET: longSecret, EMPTY: '' },
    folder,
    literals: 'refused',
    ...sources,
  })
}

test('follows references to the environment', () => {
  const secrets = resolveWith({})

  expect(secrets.connections.get('google-oauth2')).toBe('provider-secret')
  expect(secrets.clients.get('my-agent')).toEqual([longSecret])
  expect(secrets.rootKey).toEqual({ path: join(folder, 'vault.key') })
})

test('follows references to files beside the configuration, without their last newline', () => {
  writeFileSync(join(folder, 'provider.txt'), 'from a file\n')

  expect(resolveWith({ clientSecret: 'file:provider.txt' }).connections.get('google-oauth2')).toBe(
    'from a file',
  )
})

test('RV-23: keeps two secrets while one replaces the other', () => {
  const secrets = resolveWith({ secret: ['env:AGENT_SECRET', 'env:AGENT_SECRET'] })

  expect(secrets.clients.get('my-agent')).toHaveLength(2)
})

test('takes the root key from the environment', () => {
  const environment = { PROVIDER_SECRET: 'x', AGENT_SECRET: longSecret, KEY: 'ab'.repeat(32) }

  expect(resolveWith({ local: 'env:KEY' }, { environment }).rootKey).toEqual({
    key: 'ab'.repeat(32),
  })
})

test.each([
  [{ clientSecret: 'env:NOPE' }, /clientSecret refers to the environment variable "NOPE"/],
  [{ clientSecret: 'env:EMPTY' }, /clientSecret refers to the environment variable "EMPTY"/],
  [{ clientSecret: 'env:__proto__' }, /clientSecret refers to the environment variable/],
  [{ clientSecret: 'file:nope.txt' }, /clientSecret refers to .*nope\.txt, which cannot be read/],
  [{ clientSecret: 'file:.' }, /clientSecret refers to .*cannot be read \(EISDIR\)/],
  [{ clientSecret: 'hunter2' }, /clientSecret is written into the file\. Refer to it by/],
  [{ secret: 'env:PROVIDER_SECRET' }, /secret\[0\] is shorter than 32 characters/],
  [{ local: 'env:NOPE' }, /keys\.local refers to the environment variable "NOPE"/],
  [{ local: 'hunter2' }, /keys\.local must be "file:PATH" or "env:NAME"/],
])('refuses %j', (change, expected) => {
  expect(() => resolveWith(change)).toThrow(expected)
})

test('takes a literal secret from code', () => {
  const secrets = resolveWith({ clientSecret: 'literal' }, { literals: 'allowed' })

  expect(secrets.connections.get('google-oauth2')).toBe('literal')
})

test('never puts a secret into an error', () => {
  expect(() => resolveWith({ secret: 'short-canary', clientSecret: 'other-canary' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('canary') }),
  )
})
