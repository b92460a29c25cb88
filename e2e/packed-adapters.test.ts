import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { startTestVault, type TestVault } from '@valetkey-internal/testing'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Installation, installTarballs, root } from './src/install-tarballs.ts'
import { loadEntries } from './src/load-entries.ts'

// Each adapter as a user gets it: its tarball alone, beside the lowest version of its framework that it
// asks for. `@valetkey/vercel-ai` has tests of its own, with every major.

const exec = promisify(execFile)

interface PackedAdapter {
  /** Of the framework: by the name that apps import, where this workspace has its lowest version. */
  readonly links: Installation['links']
  /** What uses the adapter's example, from which the snippets of its README are. */
  readonly program: string
  /** What takes the place of a file of the example. */
  readonly instead: Readonly<Record<string, string>>
  /** What is compiled of the example. */
  readonly files: readonly string[]
  /**
   * What goes into the program's bundle. `all` where the framework is linked beside other versions of
   * itself, and its parts would not find each other.
   */
  readonly bundle: 'own' | 'all'
  readonly environment: (vault: TestVault, userToken: string) => Readonly<Record<string, string>>
}

const lowestLangchain = 'e2e/lowest-langchain'
const types = (folder: string): Installation['links'] => ({
  '@types/node': [folder, '@types/node'],
})

const adapters = {
  langchain: {
    links: {
      '@langchain/core': [lowestLangchain, '@langchain/core'],
      '@langchain/langgraph': [lowestLangchain, '@langchain/langgraph'],
      langchain: [lowestLangchain, 'langchain'],
      zod: ['packages/langchain', 'zod'],
      ...types('packages/langchain'),
    },
    program: 'langchain.ts',
    instead: { 'lib/auth.ts': 'auth.ts' },
    files: ['agent.ts', 'lib'],
    bundle: 'own',
    environment: ({ issuer, client, emulator }, userToken) => ({
      VALETKEY_ISSUER: issuer,
      VALETKEY_CLIENT_ID: client.id,
      VALETKEY_CLIENT_SECRET: client.secret,
      GOOGLE_API_URL: `${emulator.url}/google`,
      USER_TOKEN: userToken,
    }),
  },
  next: {
    links: {
      next: ['packages/next', 'next-15'],
      react: ['packages/next', 'react'],
      'react-dom': ['packages/next', 'react-dom'],
      '@types/react': ['packages/next', '@types/react'],
      ...types('packages/next'),
    },
    program: 'next.ts',
    instead: {},
    files: ['app', 'lib'],
    bundle: 'own',
    environment: ({ issuer, client }) => ({
      VALETKEY_ISSUER: issuer,
      VALETKEY_CLIENT_ID: client.id,
      VALETKEY_CLIENT_SECRET: client.secret,
      VALETKEY_COOKIE_SECRET: 'a secret of at least 32 characters',
      VALETKEY_APP_URL: 'http://localhost:3000',
    }),
  },
  react: {
    links: {
      react: ['packages/react', 'react-v18'],
      'react-dom': ['packages/react', 'react-dom-v18'],
      '@types/react': ['packages/react', 'react-types-v18'],
      '@types/react-dom': ['packages/react', '@types/react-dom'],
      '@ai-sdk/react': ['packages/react', '@ai-sdk/react'],
      ai: ['packages/react', 'ai'],
      ...types('packages/react'),
    },
    program: 'react.tsx',
    instead: {},
    files: ['app/chat.tsx', 'css.d.ts'],
    bundle: 'all',
    environment: () => ({}),
  },
} as const satisfies Readonly<Record<string, PackedAdapter>>

let vault: TestVault
const folders = new Map<string, string>()
beforeAll(async () => {
  vault = await startTestVault()
  for (const [name, adapter] of Object.entries(adapters)) {
    folders.set(name, await install(name, adapter))
  }
}, 180_000)
afterAll(async () => {
  await vault.close()
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true })
})

describe.each(Object.entries<PackedAdapter>(adapters))('%s', (name, { environment }) => {
  const folder = (): string => folders.get(name) ?? ''

  test('D10: loads by import and by require, alike', async () => {
    for (const { entry, imported, required } of await loadEntries(name, folder())) {
      expect({ entry, names: required }).toEqual({ entry, names: imported })
      expect(imported.length).toBeGreaterThan(0)
    }
  })

  test('brings its documents along: no link of theirs leads to where nothing is', () => {
    const docs = join(folder(), 'node_modules/@valetkey', name, 'docs')
    const files = globSync('**/*.md', { cwd: docs })

    expect(files).toEqual(expect.arrayContaining(['README.md', 'sdk.md', `adapters/${name}.md`]))
    for (const file of files) {
      const text = readFileSync(join(docs, file), 'utf8')
      const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link)
      // A link out of the documents leads to the README of another package.
      const inside = links.filter((link) => !/^[a-z]+:|README\.md$/.test(link))
      expect(inside.filter((link) => !existsSync(join(docs, dirname(file), link)))).toEqual([])
      expect(text).not.toMatch(/^```\w+ source=/m)
    }
  })

  test("compiles what its README shows, its declarations looked at, and runs it on the framework's lowest version", async () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout: problems } = await exec(process.execPath, [compiler, '-p', '.'], {
      cwd: folder(),
    }).catch((error: { readonly stdout: string }) => error)
    // Of the declarations of others, which are linked from outside, this is not the judge.
    expect(problems.split('\n').filter((line) => /^(?!\.\.).*error TS/.test(line))).toEqual([])
    const user = vault.newUser()
    const token = await user.accessToken()

    const run = async (): Promise<unknown> => {
      const options = { cwd: folder(), env: environment(vault, token) }
      const { stdout } = await exec(process.execPath, ['run.mjs'], options)
      return JSON.parse(stdout)
    }

    await judge[name]?.(run, async (scopes) => {
      await user.connect({ connection: 'google-oauth2', scopes })
    })
  })
})

type Run = () => Promise<unknown>
type Connect = (scopes: readonly string[]) => Promise<void>

/** What each program must have seen. */
const judge: Readonly<Record<string, (run: Run, connect: Connect) => Promise<void>>> = {
  langchain: async (run, connect) => {
    const scopes = ['https://www.googleapis.com/auth/calendar.events']
    expect(await run()).toMatchObject({
      canInvoke: 'function',
      outcome: { interrupt: { reason: 'not_connected', requiredScopes: scopes } },
    })
    await connect(scopes)
    expect(await run()).toMatchObject({ outcome: { events: { kind: 'calendar#events' } } })
  },
  next: async (run) => {
    expect(await run()).toEqual({
      login: {
        status: 303,
        location: expect.stringMatching(`^${vault.issuer}authorize\\?.*code_challenge_method=S256`),
      },
      accounts: { status: 401, body: { error: 'login_required' } },
      forged: { status: 403 },
    })
  },
  react: async (run) => {
    expect(await run()).toEqual({
      version: expect.stringMatching(/^18\./),
      html: expect.stringContaining('href="/api/valet-key/connect?connection=google-oauth2"'),
    })
  },
}

async function install(
  name: string,
  { links, program, instead, files, bundle }: PackedAdapter,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `valetkey-${name}-`))
  await installTarballs(folder, { packages: ['core', name], links })
  cpSync(join(root, 'packages', name, 'example'), folder, { recursive: true })
  const programs = join(import.meta.dirname, 'src/packed-adapters')
  const entry = `run${extname(program)}`
  for (const [file, other] of Object.entries({ ...instead, [entry]: program })) {
    cpSync(join(programs, other), join(folder, file))
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        module: 'esnext',
        moduleResolution: 'bundler',
        target: 'es2023',
        lib: ['es2023', 'dom', 'dom.iterable'],
        jsx: 'react-jsx',
        noEmit: true,
        allowImportingTsExtensions: true,
        types: ['node'],
        skipLibCheck: false,
      },
      include: [entry, ...files],
    }),
  )
  await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outfile: join(folder, 'run.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    logLevel: 'error',
    ...(bundle === 'own'
      ? { packages: 'external' }
      : {
          alias: Object.fromEntries(
            Object.keys(links).map((link) => [link, join(folder, 'node_modules', link)]),
          ),
          // What is CommonJS in the bundle asks for Node's own modules.
          banner: {
            js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
          },
        }),
  })
  return folder
}
