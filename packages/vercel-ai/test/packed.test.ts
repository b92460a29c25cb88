import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const exec = promisify(execFile)
const own = join(import.meta.dirname, '..')
const core = realpathSync(join(own, 'node_modules/@valetkey/core'))
const tsc = join(own, '../../node_modules/typescript/bin/tsc')

/** The lowest and the highest version of each major in the peer range, and the app that is compiled with it. */
const versions = {
  'ai-v5-lowest': ['agent.ts'],
  'ai-v5': ['agent.ts'],
  'ai-v6-lowest': ['agent.ts'],
  'ai-v6': ['agent.ts'],
  'ai-v7-lowest': ['agent.ts', 'approval.ts'],
  ai: ['agent.ts', 'approval.ts'],
}
const names = Object.keys(versions)

const compilerOptions = {
  strict: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true, // those of TypeScript itself
  noEmit: true,
  module: 'nodenext',
  target: 'es2023',
  types: ['node'],
}

let root = ''
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'valetkey-vercel-ai-')))
  await Promise.all([install('vercel-ai', own), install('core', core)])
  link('openid-client', core)
  link('zod', own)
  link('@types/node', own)
  for (const [version, files] of Object.entries(versions)) {
    mkdirSync(join(root, version))
    // `ai` declares globals of its own: a program can have one version only.
    writeFileSync(join(root, version, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    link(version, own, join(version, 'node_modules/ai'))
    for (const file of files) {
      cpSync(join(import.meta.dirname, 'packed-app', file), join(root, version, file))
    }
  }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }))
}, 60_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

test.each(names)(
  'has declarations that compile with %s, without skipLibCheck',
  async (name) => {
    const arguments_ = [tsc, '--project', join(root, name), '--listFiles']
    const { stdout } = await exec(process.execPath, arguments_).catch(
      (error: { readonly stdout: string }) => error,
    )
    const lines = stdout.split('\n')

    expect(lines.filter((line) => line.includes('error TS'))).toEqual([])
    const read = ['node_modules/@valetkey/vercel-ai', join(name, 'node_modules/ai')]
    for (const folder of read) {
      expect(lines).toContain(realpathSync(join(root, folder, 'dist/index.d.ts')))
    }
  },
  180_000,
)

test('asks for the versions of the AI SDK that are tested here', () => {
  const { peerDependencies } = manifestOf(join(root, 'node_modules/@valetkey/vercel-ai'))
  const [v5, v6, v7] = ['ai-v5-lowest', 'ai-v6-lowest', 'ai-v7-lowest'].map(
    (name) => manifestOf(join(root, name, 'node_modules/ai')).version,
  )

  expect(peerDependencies).toEqual({ ai: `^${v5} || ^${v6} || ^${v7}` })
})

test.each(names.flatMap((name) => [`import ${name}`, `require ${name}`]))(
  'D10, S11: %s: loads in plain Node where nothing else is, and runs a wrapped tool',
  async (loadingAndName) => {
    const [loading, name = ''] = loadingAndName.split(' ')
    const load = (module: string): string =>
      loading === 'import' ? `await import('${module}')` : `require('${module}')`
    const program = `(async () => {
      const { createValetKey, getAccessTokenForConnection } = ${load('@valetkey/vercel-ai')}
      const { getInterrupts } = ${load('@valetkey/vercel-ai/interrupts')}
      const { withFakeToken } = ${load('@valetkey/core/testing')}
      const { tool, jsonSchema } = ${load('ai')}
      const withGoogle = createValetKey({ accessToken: 'login-token' }).withTokenForConnection({
        connection: 'google-oauth2',
      })
      const { execute } = withGoogle(tool({
        inputSchema: jsonSchema({ type: 'object' }),
        execute: async () => getAccessTokenForConnection().length,
      }))
      const length = await withFakeToken({ 'google-oauth2': 'fake-token' }, () =>
        execute({}, { toolCallId: 'call-1', messages: [] }))
      console.log(JSON.stringify({ length, interrupts: getInterrupts([]) }))
    })()`

    const { stdout } = await exec(process.execPath, ['--input-type=commonjs', '--eval', program], {
      cwd: join(root, name),
    })

    expect(JSON.parse(stdout)).toEqual({ length: 10, interrupts: [] })
  },
)

/** Packs it as it would be published, and unpacks it where the apps find it. */
async function install(name: string, folder: string): Promise<void> {
  const target = join(root, 'node_modules/@valetkey', name)
  const tarball = join(root, `${name}.tgz`)
  mkdirSync(target, { recursive: true })
  await exec('pnpm', ['pack', '--out', tarball], { cwd: folder })
  await exec('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  rmSync(tarball)
  expect(readdirSync(target)).toContain('dist')
}

function link(name: string, folder: string, as = join('node_modules', name)): void {
  const path = join(root, as)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(realpathSync(join(folder, 'node_modules', name)), path)
}

interface Manifest {
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
