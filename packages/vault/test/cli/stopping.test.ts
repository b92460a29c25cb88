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

const folder = mkdtempSync(join(tmpdir(), 'valetkey-stopping-'))
let emulator: Emulator
let issuer: string
beforeAll(async () => {
  // A refresh token that is lost, or presented twice, ends the account.
  emulator = await startEmulator({
    behaviour: { google: { rotation: { rotation: 'strict' } } },
    users: ['demo', 'alice', 'bob', 'bobby', 'carol'].map((id) => ({
      id,
      name: id,
      email: `${id}@example.com`,
    })),
  })
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

async function exchange(
  user: string,
  audience = 'google-oauth2',
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${issuer}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      client_id: 'my-agent',
      client_secret: CLIENT_SECRET,
      subject_token: await emulator.issueLoginToken(user),
      subject_token_type: JWT,
      audience,
      ...more,
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

/** Connects an account whose token is too short-lived to be handed out, so that the next exchange has to refresh it. */
async function connect(user: string): Promise<void> {
  emulator.configure('google', { accessTokenLifetimeSeconds: 20 })
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
  emulator.configure('google', { accessTokenLifetimeSeconds: 3_600 })
}

/** From here on the provider rotates, and keeps its answer to itself until released: what is lost now is lost for good. */
function holdAnswersToRefreshes(times: number): void {
  emulator.faults.add('google', { at: 'refresh', fault: { kind: 'hold', when: 'after' }, times })
}

function refreshesOf(user: string): readonly (string | undefined)[] {
  return emulator.log
    .refreshes({ provider: 'google', user })
    .map((entry) => entry.presented.refreshToken)
}

/** Resolves when the provider has rotated a refresh token of the user. */
async function untilRefreshed(user: string): Promise<void> {
  await expect.poll(() => refreshesOf(user).length, { timeout: 30_000 }).toBe(1)
}

/** Starts the vault again, and asks for each user's token and for a newer one: both need what was to be kept. */
async function expectNothingLost(users: readonly string[]): Promise<void> {
  const run = await serve()
  for (const user of users) {
    const kept = await exchange(user)
    expect(kept).toMatchObject({ status: 200, body: { generation: 2 } })
    const forced = { force_refresh: `${kept.body['account']}:2` }
    expect(await exchange(user, 'google-oauth2', forced)).toMatchObject({
      status: 200,
      body: { generation: 3 },
    })
    const presented = refreshesOf(user)
    expect(presented).toHaveLength(2)
    expect(new Set(presented).size).toBe(2)
  }
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(0)
}

test('SIGTERM in the middle of refreshes answers everyone who asked, and loses no refresh token', async () => {
  const users = ['demo', 'alice', 'bob']
  const run = await serve()
  for (const user of users) await connect(user)
  holdAnswersToRefreshes(users.length)
  const answers = users.map((user) => exchange(user))
  await Promise.all(users.map(untilRefreshed))

  run.child.kill('SIGTERM')
  await run.logged('stopping')
  emulator.faults.release('google')

  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await run.ended).toBe(0)
  await expectNothingLost(users)
  const verified = valetkey(['audit', 'verify', '--config', 'config.json'], {
    cwd: folder,
    environment: { VAULT_KEY },
  })
  expect(await verified.ended).toBe(0)
})

test('SIGTERM waits also for a refresh that nobody waits for any more', async () => {
  const run = await serve()
  await connect('bobby')
  holdAnswersToRefreshes(1)
  expect(await exchange('bobby')).toMatchObject({ status: 503 })
  expect(refreshesOf('bobby')).toHaveLength(1)

  run.child.kill('SIGTERM')
  await run.logged('stopping')
  // All connections are gone by now, or are going: only the drain keeps the process.
  await expect
    .poll(
      () =>
        fetch(issuer).then(
          () => 'up',
          () => 'down',
        ),
      { timeout: 30_000 },
    )
    .toBe('down')
  emulator.faults.release('google')

  expect(await run.ended).toBe(0)
  await expectNothingLost(['bobby'])
})

test('a second signal ends the process at once', async () => {
  const run = await serve()
  await connect('carol')
  holdAnswersToRefreshes(1)
  const held = exchange('carol').catch(() => 'cut')
  await untilRefreshed('carol')

  run.child.kill('SIGTERM')
  await run.logged('stopping')
  run.child.kill('SIGTERM')

  expect(await run.ended).toBe(1)
  emulator.faults.release('google')
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
