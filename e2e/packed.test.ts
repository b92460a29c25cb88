import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { connectInBrowser } from '@valetkey-internal/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const exec = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const packages = ['core', 'providers', 'emulator', 'vault', 'vercel-ai'] as const

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

let folder = ''
let vault: ChildProcess | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-packed-'))
  await installTarballs(folder)
  cpSync(join(import.meta.dirname, 'src/packed-app'), folder, { recursive: true })
}, 120_000)

afterAll(async () => {
  if (vault !== undefined && vault.kill()) await once(vault, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

test.each(packages)(
  'loads every entry of %s by import and by require, alike',
  async (name) => {
    const { name: packageName, exports } = manifestOf(name)
    const entries = Object.keys(exports).map((entry) => packageName + entry.slice(1))

    for (const entry of entries) {
      const attributes = entry.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
      const program = `
      const required = Object.keys(require('${entry}')).sort()
      import('${entry}'${attributes}).then((module) => {
        const imported = Object.keys(module.default ?? module).sort()
        console.log(JSON.stringify({ required, imported }))
      })`
      const { stdout } = await exec(process.execPath, ['--eval', program], { cwd: folder })
      const { required, imported } = JSON.parse(stdout) as Record<string, string[]>
      expect({ entry, keys: imported }).toEqual({
        entry,
        keys: required?.filter((key) => key !== '__esModule'),
      })
    }
  },
  60_000,
)

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

/** Packs the packages as they would be published, and installs them where nothing else is. */
async function installTarballs(app: string): Promise<void> {
  const tarballs = join(app, 'tarballs')
  mkdirSync(tarballs)
  const own = await Promise.all(
    packages.map(async (name) => {
      const cwd = join(root, 'packages', name)
      await exec('pnpm', ['pack', '--pack-destination', tarballs], { cwd })
      const manifest = manifestOf(name)
      const file = `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`
      return [manifest.name, `file:${join(tarballs, file)}`] as const
    }),
  )
  // What others publish is linked from this workspace, so that no registry is asked: only what a
  // package names among its dependencies gets linked.
  const foreign = packages.flatMap((name) => {
    const cwd = join(root, 'packages', name)
    const needs = Object.keys(manifestOf(name).dependencies ?? {})
    return needs.filter((need) => !need.startsWith('@valetkey/')).map((need) => linkTo(cwd, need))
  })
  const peers = [
    ...['ai', 'zod', '@types/node'].map((need) => linkTo(join(root, 'packages/vercel-ai'), need)),
    linkTo(join(root, 'packages/emulator'), 'msw'),
  ]
  const overrides = Object.fromEntries([...own, ...foreign, ...peers])
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({
      name: 'app',
      private: true,
      dependencies: Object.fromEntries([...own, ...peers]),
    }),
  )
  // JSON is YAML.
  writeFileSync(join(app, 'pnpm-workspace.yaml'), JSON.stringify({ overrides }))
  writeFileSync(
    join(app, 'tsconfig.json'),
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
  await exec('pnpm', ['install', '--offline', '--ignore-scripts'], { cwd: app })
}

function linkTo(folderOfPackage: string, dependency: string): readonly [string, string] {
  return [dependency, `link:${realpathSync(join(folderOfPackage, 'node_modules', dependency))}`]
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}

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
