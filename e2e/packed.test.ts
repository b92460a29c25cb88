import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { connectInBrowser } from '@valetkey-internal/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installTarballs, root } from './src/install-tarballs.ts'
import { loadEntries } from './src/load-entries.ts'

const exec = promisify(execFile)
const packages = ['core', 'providers', 'emulator', 'vault', 'vercel-ai'] as const

let folder = ''
let vault: ChildProcess | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-packed-'))
  const ofAdapter = (name: string) => [name, ['packages/vercel-ai', name]] as const
  await installTarballs(folder, {
    packages,
    links: Object.fromEntries([
      ...['ai', 'zod', '@types/node'].map(ofAdapter),
      ['msw', ['packages/emulator', 'msw']],
    ]),
  })
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        module: 'nodenext',
        target: 'es2023',
        outDir: 'dist',
        types: ['node'],
        skipLibCheck: true,
      },
      include: ['run.ts', 'lib'],
    }),
  )
  cpSync(join(import.meta.dirname, 'src/packed-app'), folder, { recursive: true })
}, 120_000)

afterAll(async () => {
  if (vault !== undefined && vault.kill()) await once(vault, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

test.each(packages)('loads every entry of %s by import and by require, alike', async (name) => {
  for (const { entry, imported, required } of await loadEntries(name, folder)) {
    expect({ entry, names: required }).toEqual({ entry, names: imported })
    expect(imported.length).toBeGreaterThan(0)
  }
})

test('compiles the example of the SDK as it is written, and runs it', async () => {
  await exec(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], {
    cwd: folder,
  }).catch((error: { stdout?: string }) => {
    throw new Error(`The example does not compile:\n${error.stdout}`)
  })
  const setup = await startVault(folder)
  const { token } = (await (
    await fetch(setup.userTokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"demo"}',
    })
  ).json()) as { token: string }
  const run = async (): Promise<unknown> => {
    const { stdout } = await exec(process.execPath, ['dist/run.js'], {
      cwd: folder,
      env: {
        VALETKEY_ISSUER: setup.issuer,
        VALETKEY_CLIENT_ID: setup.clientId,
        VALETKEY_CLIENT_SECRET: setup.clientSecret,
        GOOGLE_API_URL: `${setup.emulator}/google`,
        USER_TOKEN: token,
      },
    })
    return JSON.parse(stdout)
  }

  const scopes = ['https://www.googleapis.com/auth/calendar.events']
  expect(await run()).toMatchObject({
    interrupt: { reason: 'not_connected', connection: 'google-oauth2', requiredScopes: scopes },
  })

  await connectInBrowser({
    issuer: setup.issuer,
    client: {
      id: setup.clientId,
      secret: setup.clientSecret,
      redirectUri: 'http://127.0.0.1:9/callback',
    },
    accessToken: token,
    connection: 'google-oauth2',
    scopes: ['openid', 'email', ...scopes],
  })
  expect(await run()).toMatchObject({ events: { kind: 'calendar#events' } })
}, 120_000)

interface DevSetup {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly emulator: string
  readonly userTokenEndpoint: string
}

/** `npx valetkey dev`, from the tarball. */
async function startVault(cwd: string): Promise<DevSetup> {
  const child = spawn(
    join(cwd, 'node_modules/.bin/valetkey'),
    ['dev', '--port', '0', '--data', join(cwd, 'data'), '--json'],
    { cwd, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  vault = child
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return JSON.parse(line) as DevSetup
}
