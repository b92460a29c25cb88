import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmulator, type Emulator } from '@valetkey/emulator'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { APP, EXCHANGE, JWT } from '../front-door/vault-world.ts'
import { valetkey, type Run } from './command.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const CLIENT_SECRET = randomBytes(32).toString('base64url')
const USERS = ['demo', 'alice', 'bob', 'bobby']

const folder = mkdtempSync(join(tmpdir(), 'valetkey-stopping-'))
let emulator: Emulator
let issuer: string
beforeAll(async () => {
  // A token that lives so shortly is refreshed for every exchange; a refresh token that is lost, or presented twice,
  // ends the account.
  const strict = { rotation: { rotation: 'strict' }, accessTokenLifetimeSeconds: 30 } as const
  emulator = await startEmulator({ behaviour: { google: strict } })
  issuer = `http://127.0.0.1:${await aFreePort()}/`
  writeFileSync(join(folder, 'config.json'), JSON.stringify(aConfig()))
})
afterAll(async () => {
  await emulator.close()
  rmSync(folder, { recursive: true })
})

function aConfig(): unknown {
  return {
    issuer,
    storage: { sqlite: './vault.db' },
    keys: { local: 'env:VAULT_KEY' },
    connections: [
      {
        name: 'google-oauth2',
        provider: emulator.provider('google'),
        clientId: emulator.client('google').clientId,
        clientSecret: 'env:GOOGLE_SECRET',
        scopes: ['openid', 'email'],
      },
    ],
    trustedIssuers: [emulator.trustedIssuer()],
    clients: [
      {
        id: 'my-agent',
        secret: 'env:AGENT_SECRET',
        redirectUris: [APP],
        connections: { 'google-oauth2': { scopes: ['openid', 'email'] } },
        subjects: [emulator.trustedIssuer().issuer],
      },
    ],
    development: { dangerouslyAllowLoopbackHttp: true },
  }
}

const VAULT_KEY = randomBytes(32).toString('hex')

async function serve(): Promise<Run> {
  const { port } = new URL(issuer)
  const run = valetkey(['serve', '--config', 'config.json', '--port', port], {
    cwd: folder,
    environment: {
      VAULT_KEY,
      AGENT_SECRET: CLIENT_SECRET,
      GOOGLE_SECRET: emulator.client('google').clientSecret,
    },
  })
  await run.logged('listening on')
  return run
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, string>>
}

async function exchange(user: string, audience = 'google-oauth2'): Promise<Answer> {
  const response = await fetch(`${issuer}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      client_id: 'my-agent',
      client_secret: CLIENT_SECRET,
      subject_token: await emulator.issueLoginToken(user),
      subject_token_type: JWT,
      audience,
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function connect(user: string): Promise<void> {
  const { body: granted } = await exchange(user, `${issuer}me/`)
  const call = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const response = await fetch(`${issuer}me/v1/connected-accounts/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${granted['access_token']}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(201)
    return (await response.json()) as Record<string, string>
  }
  const started = (await call('connect', {
    connection: 'google-oauth2',
    redirect_uri: APP,
    authorization_params: { login_hint: user },
  })) as unknown as {
    connect_uri: string
    auth_session: string
    connect_params: { ticket: string }
  }
  const browser = createBrowser()
  const page = await browser.open(`${started.connect_uri}?ticket=${started.connect_params.ticket}`)
  const end = await browser.follow(await browser.submit(page, 'approve'))
  await call('complete', {
    auth_session: started.auth_session,
    connect_code: new URL(end.location ?? '').searchParams.get('connect_code'),
    redirect_uri: APP,
  })
}

test('SIGTERM under load loses no refresh token and answers what it took on', async () => {
  const first = await serve()
  for (const user of USERS) await connect(user)
  // Slow enough that a stop always comes in the middle of refreshes.
  emulator.faults.add('google', {
    at: 'refresh',
    fault: { kind: 'delay', milliseconds: 150, when: 'after' },
    times: 'always',
  })

  const answers: number[] = []
  let isDown = false
  const load = USERS.flatMap((user) =>
    Array.from({ length: 3 }, async () => {
      while (!isDown) {
        try {
          answers.push((await exchange(user)).status)
        } catch {
          // Refused: nobody listens any more.
          isDown = true
        }
      }
    }),
  )
  const before = emulator.log.refreshes({ provider: 'google' }).length
  await expect
    .poll(() => emulator.log.refreshes({ provider: 'google' }).length, { timeout: 30_000 })
    .toBeGreaterThan(before + 2 * USERS.length)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  await Promise.all(load)
  emulator.faults.clear()

  const second = await serve()
  const after = await Promise.all(USERS.map((user) => exchange(user)))
  second.child.kill('SIGTERM')
  await second.ended

  expect(after.map(({ status }) => status)).toEqual(USERS.map(() => 200))
  expect(new Set(answers)).toEqual(new Set([200]))
  const presented = emulator.log
    .refreshes({ provider: 'google' })
    .map((entry) => entry.presented.refreshToken)
  expect(new Set(presented).size).toBe(presented.length)
  const verified = valetkey(['audit', 'verify', '--config', 'config.json'], {
    cwd: folder,
    environment: { VAULT_KEY },
  })
  expect(await verified.ended).toBe(0)
})

test('a second signal ends the process at once', async () => {
  const run = await serve()
  emulator.faults.add('google', { at: 'refresh', fault: { kind: 'hold' } })
  const held = exchange('demo').catch(() => 'cut')
  await expect.poll(() => emulator.faults.list('google').length, { timeout: 30_000 }).toBe(0)

  run.child.kill('SIGTERM')
  await run.logged('stopping')
  run.child.kill('SIGTERM')

  expect(await run.ended).toBe(1)
  emulator.faults.clear()
  expect(await held).toBe('cut')
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
