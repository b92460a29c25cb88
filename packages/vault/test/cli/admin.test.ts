import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import * as z from 'zod'

import { ADMIN, type AdminWorld, connectBy, READER, startAdminWorld } from '../admin/admin-world.ts'
import { APP, CALENDAR } from '../front-door/vault-world.ts'
import { valetkey } from './command.ts'

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const cwd = mkdtempSync(join(tmpdir(), 'valetkey-admin-cli-'))
let world: AdminWorld
beforeAll(async () => {
  world = await startAdminWorld({ admin: { port: 0 } })
})
afterAll(async () => {
  await world.close()
  rmSync(cwd, { recursive: true })
})

interface Outcome {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

async function run(
  parameters: readonly string[],
  {
    as = ADMIN,
    environment = {},
  }: { as?: typeof ADMIN; environment?: Record<string, string> } = {},
): Promise<Outcome> {
  const address = ['--url', world.vault.adminUrl ?? '', '--admin-id', as.id]
  const process = valetkey([...parameters, ...address], {
    cwd,
    environment: { VALETKEY_ADMIN_SECRET: as.secret, ...environment },
  })
  const code = await process.ended
  return { code, stdout: process.stdout(), stderr: process.stderr() }
}

test('adds a client, prints its secret once and alone, and rotates it', async () => {
  const added = await run([
    'clients',
    'add',
    'cli-agent',
    '--redirect-uri',
    APP,
    '--connection',
    `google-oauth2=openid,email,${CALENDAR}`,
    '--subject',
    world.emulator.trustedIssuer().issuer,
  ])
  expect(added).toMatchObject({ code: 0 })
  expect(added.stdout).toMatch(/^vks_[0-9A-Za-z]{43}\n$/)
  const first = { id: 'cli-agent', secret: added.stdout.trim() }
  expect((await connectBy(world, first, 'google-oauth2')).status).toBe(201)

  const rotated = await run(['clients', 'rotate-secret', 'cli-agent'])
  expect(rotated.code).toBe(0)
  expect(rotated.stdout).toMatch(/^vks_[0-9A-Za-z]{43}\n$/)
  const [, oldId = ''] = /remove-secret cli-agent (sec_\w+)/.exec(rotated.stderr) ?? []
  expect(await run(['clients', 'remove-secret', 'cli-agent', oldId])).toMatchObject({ code: 0 })

  const list = await run(['clients', 'list'])
  expect(list.stdout).toMatch(/^cli-agent +cli-agent +confidential +sec_\w+ +registration$/m)
  expect(list.stdout).not.toContain('vks_')
  expect(await run(['clients', 'remove', 'cli-agent'])).toMatchObject({ code: 0 })
})

test('adds a client that logs users in, with where it may be sent after a logout', async () => {
  const grants = ['authorization_code', 'refresh_token']
  const added = await run([
    'clients',
    'add',
    'web-app',
    '--json',
    '--redirect-uri',
    APP,
    '--post-logout-redirect-uri',
    `${APP}/bye`,
    ...grants.flatMap((grant) => ['--grant', grant]),
  ])

  expect(added).toMatchObject({ code: 0 })
  expect(JSON.parse(added.stdout)).toMatchObject({ client: { id: 'web-app' } })
  const login = new URL('authorize', world.vault.issuer)
  const query = {
    client_id: 'web-app',
    response_type: 'code',
    redirect_uri: APP,
    scope: 'openid',
    state: 'state',
    code_challenge_method: 'S256',
    code_challenge: 'a'.repeat(43),
  }
  login.search = `${new URLSearchParams(query)}`
  const answer = await fetch(login, { redirect: 'manual' })
  const next = new URL(answer.headers.get('location') ?? '', world.vault.issuer)
  expect({ origin: next.origin, error: next.searchParams.get('error') }).toEqual({
    origin: new URL(world.vault.issuer).origin,
    error: null,
  })
  const wrongGrant = await run(['clients', 'add', 'other', '--grant', 'password'])
  expect(wrongGrant).toMatchObject({ code: 1 })
  expect(wrongGrant.stderr).toMatch(/grants/)
  expect(await run(['clients', 'remove', 'web-app'])).toMatchObject({ code: 0 })
})

test('adds, tests, lists and removes a connection; a wrong secret is exit code 1 with the mend', async () => {
  const { clientId, clientSecret } = world.emulator.client('google')
  writeFileSync(join(cwd, 'google.json'), JSON.stringify(world.emulator.provider('google')))
  const parameters = (name: string): readonly string[] => [
    'connections',
    'add',
    name,
    '--provider',
    'file:google.json',
    '--client-id',
    clientId,
    '--client-secret',
    'env:GOOGLE',
    '--scope',
    'openid',
  ]

  const right = await run(parameters('right'), { environment: { GOOGLE: clientSecret } })
  const wrong = await run(parameters('wrong'), { environment: { GOOGLE: 'not-it-canary' } })

  expect(right).toMatchObject({ code: 0 })
  expect(right.stdout).toContain(`${world.vault.issuer}callback/right`)
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toMatch(/FAIL +client /)
  expect(wrong.stdout).toMatch(/→ Compare client id and secret/)
  for (const { stdout, stderr } of [right, wrong]) {
    expect(stdout + stderr).not.toContain(clientSecret)
    expect(stdout + stderr).not.toContain('not-it-canary')
  }
  const list = await run(['connections', 'list', '--json'])
  const connections = z.array(z.looseObject({ name: z.string() })).parse(JSON.parse(list.stdout))
  expect(connections.map(({ name }) => name)).toContain('right')
  expect((await run(['connections', 'remove', 'right'])).code).toBe(0)
  expect((await run(['connections', 'test', 'right'])).stderr).toMatch(/no such connection/)
})

test('lists and revokes accounts by the identity in the token', async () => {
  await world.connect('demo', { scopes: [CALENDAR] })
  const { issuer } = world.emulator.trustedIssuer()
  const who = ['--issuer', issuer, '--subject', 'demo']

  const list = await run(['accounts', 'list', ...who, '--json'])
  const [account] = z.array(z.looseObject({ id: z.string() })).parse(JSON.parse(list.stdout))
  expect(account?.id).toMatch(/^cac_/)
  expect(await run(['accounts', 'revoke', account?.id ?? ''])).toMatchObject({ code: 0 })

  expect((await run(['accounts', 'list', ...who, '--json'])).stdout).not.toContain(account?.id)
  expect((await world.exchange('demo')).body.vault_error).toBe('not_connected')
})

test('doctor says why an exchange fails, and exits with 1', async () => {
  const { issuer } = world.emulator.trustedIssuer()
  const question = ['--client', 'my-agent', '--issuer', issuer, '--subject', 'demo']

  const missing = await run(['doctor', ...question, '--connection', 'slack'])
  expect(missing.code).toBe(1)
  expect(missing.stdout).toMatch(/FAIL +account .*\n +→ Let the user connect/)

  await world.connect('demo', { connection: 'slack', scopes: ['users:read'] })
  const works = await run(['doctor', ...question, '--connection', 'slack', '--json'])
  expect(works.code).toBe(0)
  expect(JSON.parse(works.stdout)).toMatchObject({ works: true })
})

test.each<[string, readonly string[], RegExp]>([
  ['a wrong secret', ['clients', 'list'], /does not know this admin client/],
  ['too little scope', ['clients', 'add', 'x'], /lacks the scope vault:write/],
  ['settings that do not fit', ['clients', 'add', 'x', '--connection', 'nope=a'], /no connection/],
  ['nobody to list', ['accounts', 'list'], /Say who/],
  [
    'a secret on the command line',
    ['connections', 'add', 'x', '--provider', 'google', '--client-id', 'i', '--client-secret', 's'],
    /takes env:NAME or file:PATH/,
  ],
])('explains %s, with exit code 1', async (name, parameters, message) => {
  const as =
    name === 'a wrong secret'
      ? { ...ADMIN, secret: 'vks_wrong-canary-0123456789abcdef' }
      : name === 'too little scope'
        ? READER
        : ADMIN

  const outcome = await run(parameters, { as })

  expect(outcome).toMatchObject({ code: 1, stdout: '' })
  expect(outcome.stderr).toMatch(message)
  expect(outcome.stderr).not.toContain(as.secret)
})

test.each([
  ['http://vault.example.com', /must begin with https/],
  ['https://user:password@vault.example.com', /takes the address/],
  ['http://127.0.0.1:1', /No vault answers/],
])('sends no secret to %s', async (url, message) => {
  const process = valetkey(['clients', 'list', '--url', url, '--admin-id', ADMIN.id], {
    cwd,
    environment: { VALETKEY_ADMIN_SECRET: ADMIN.secret },
  })

  expect(await process.ended).toBe(1)
  expect(process.stderr()).toMatch(message)
})
