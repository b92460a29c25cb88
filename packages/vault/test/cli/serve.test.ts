import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterAll, afterEach, expect, test, vi } from 'vitest'

import { valetkey, type Run } from './command.ts'

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const root = mkdtempSync(join(tmpdir(), 'valetkey-serve-'))
const runs: Run[] = []
afterEach(async () => {
  for (const { child, ended } of runs.splice(0)) {
    child.kill('SIGTERM')
    await ended
  }
})
afterAll(() => rmSync(root, { recursive: true }))

const SECRETS = {
  GOOGLE_CLIENT_SECRET: 'google-canary-1f0a9d',
  AGENT_SECRET: 'agent-canary-0123456789abcdef0123456789',
}

function aFolder(name: string): string {
  const folder = join(root, name)
  mkdirSync(folder)
  return folder
}

function start(
  cwd: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = SECRETS,
): Run {
  const run = valetkey(parameters, { cwd, environment })
  runs.push(run)
  return run
}

async function outcomeOf(run: Run): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const code = await run.ended
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

test('init, serve, migrate and audit verify take a folder from nothing to a vault', async () => {
  const cwd = aFolder('from-nothing')

  const made = await outcomeOf(start(cwd, ['init']))
  expect(made).toMatchObject({ code: 0, stderr: '' })
  // Also where the package is not installed.
  expect(made.stdout).toMatch(/^ {2}npx @valetkey\/vault serve --config \/.+valetkey\.config\.ts$/m)
  expect(statSync(join(cwd, 'data', 'vault.key')).mode & 0o777).toBe(0o600)

  const config = ['--config', 'valetkey.config.ts']
  const vault = start(cwd, ['serve', ...config, '--port', '0'])
  await vault.logged('listening on')
  const url =
    /listening on (\S+) as https:\/\/vault\.example\.com\//.exec(vault.stderr())?.[1] ?? ''
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  vault.child.kill('SIGTERM')
  expect(await vault.ended).toBe(0)
  expect(vault.stdout()).toBe('')

  expect(await outcomeOf(start(cwd, ['migrate', ...config]))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/version \d+ already/) as unknown,
  })
  expect(await outcomeOf(start(cwd, ['audit', 'verify', ...config], {}))).toMatchObject({
    code: 0,
    stdout: 'The audit log is whole: 2 records in 1 chain.\n',
  })
})

test('help names no default that says nothing', async () => {
  const run = valetkey(['clients', 'add', '--help'], { cwd: root })

  expect(await run.ended).toBe(0)
  expect(run.stdout()).toContain('--redirect-uri <uri>')
  expect(run.stdout()).not.toContain('(default')
})

test('init replaces nothing', async () => {
  const cwd = aFolder('init-twice')
  await start(cwd, ['init']).ended
  const files = ['valetkey.config.ts', 'data/vault.key'].map((name) => join(cwd, name))
  const before = files.map((file) => readFileSync(file, 'utf8'))

  const again = await outcomeOf(start(cwd, ['init']))

  expect(again).toMatchObject({ code: 1, stdout: '' })
  expect(again.stderr).toMatch(/exists already\. Nothing was written/)
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before)
})

const good = {
  issuer: 'https://vault.example.com/',
  storage: { sqlite: './vault.db' },
  keys: { local: 'env:VAULT_KEY' },
  clients: [{ id: 'my-agent', secret: 'env:AGENT_SECRET' }],
}
const VAULT_KEY = randomBytes(32).toString('hex')

test.each([
  [
    'a mistyped setting',
    { ...good, issuerr: 'x' },
    /has no setting "issuerr"\. Did you mean "issuer"/,
  ],
  [
    'a secret in the file',
    { ...good, clients: [{ id: 'a', secret: 'canary-0123456789abcdef0123456789ab' }] },
    /clients\[0\]\.secret\[0\] is written into the file/,
  ],
  ['no issuer', { ...good, issuer: undefined }, /has no issuer\. Give the address/],
])(
  'serve refuses %s, names it with its mend, and listens on nothing',
  async (name, config, message) => {
    const cwd = aFolder(name.replaceAll(' ', '-'))
    writeFileSync(join(cwd, 'config.json'), JSON.stringify(config))

    const { code, stdout, stderr } = await outcomeOf(
      start(cwd, ['serve', '--config', 'config.json', '--port', '0'], { ...SECRETS, VAULT_KEY }),
    )

    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at |listening|canary/)
    expect(stdout).toBe('')
  },
)

test('audit verify names the record that was altered, and with heads sees a log that was set back', async () => {
  const cwd = aFolder('audit')
  writeFileSync(
    join(cwd, 'config.json'),
    JSON.stringify({ ...good, audit: { headFile: './heads.jsonl' } }),
  )
  const environment = { ...SECRETS, VAULT_KEY }
  const database = join(cwd, 'vault.db')
  const serveOnce = async (): Promise<void> => {
    const vault = start(cwd, ['serve', '--config', 'config.json', '--port', '0'], environment)
    await vault.logged('listening on')
    vault.child.kill('SIGTERM')
    expect(await vault.ended).toBe(0)
  }
  const verify = (...more: readonly string[]): ReturnType<typeof outcomeOf> =>
    outcomeOf(start(cwd, ['audit', 'verify', '--config', 'config.json', ...more], environment))

  await serveOnce()
  copyFileSync(database, `${database}.copy`)
  await serveOnce()
  expect(await verify('--head', 'heads.jsonl')).toMatchObject({
    code: 0,
    stdout: 'The audit log is whole: 5 records in 2 chains.\n',
  })

  copyFileSync(`${database}.copy`, database)
  expect(await verify()).toMatchObject({ code: 0 })
  const setBack = await verify('--head', 'heads.jsonl')
  expect(setBack).toMatchObject({ code: 1, stdout: '' })
  expect(setBack.stderr).toMatch(/The chain ends before record 1 of writer .*a head kept outside/)

  const connection = new BetterSqlite3(database)
  connection.prepare("update audit_events set event = replace(event, 'started', 'stopped')").run()
  connection.close()
  const altered = await verify()
  expect(altered.code).toBe(1)
  expect(altered.stderr).toMatch(/The content of record 1 of writer .* was altered/)
})
