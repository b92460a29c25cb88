import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, rm, symlink } from 'node:fs/promises'
import { createServer, request as send } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestVault } from '@valetkey-internal/testing'
import { cookieSecret } from './scene.ts'

/** A built and running Next.js app, behind a proxy. */
export interface NextApp {
  /** Of the proxy: what browsers see. */
  readonly origin: string
  /** Everything that the app has written so far. */
  readonly output: () => string
  readonly close: () => Promise<void>
}

/** Dependency of this package that is the Next.js to use. */
export type NextPackage = 'next' | 'next-15'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const readyMilliseconds = 60_000

/**
 * Copies the fixture app, with this package as it is published and one Next.js, and builds it. Its
 * folder is in this package, since bundlers look for what is linked below a common root.
 */
export async function buildNextApp(nextPackage: NextPackage): Promise<string> {
  const folder = join(packageFolder, '.next-apps', nextPackage)
  const scoped = join(folder, 'node_modules', '@valetkey')
  await rm(join(folder, 'node_modules'), { recursive: true, force: true })
  await mkdir(scoped, { recursive: true })
  await cp(join(packageFolder, 'test/app'), folder, { recursive: true, force: true })
  for (const name of ['next', 'core']) {
    const from = join(packageFolder, '..', name)
    await cp(join(from, 'dist'), join(scoped, name, 'dist'), { recursive: true })
    await cp(join(from, 'package.json'), join(scoped, name, 'package.json'))
  }
  await symlink(nextFolder(nextPackage), join(folder, 'node_modules', 'next'))
  const build = spawnNext(nextPackage, ['build', folder], {})
  const written = collect(build)
  const code = await new Promise((resolve) => build.once('exit', resolve))
  if (code !== 0) throw new Error(`next build failed: ${written()}`)
  return folder
}

/** Starts an app that was built, at a vault. */
export async function startNextApp(
  nextPackage: NextPackage,
  folder: string,
  vault: Pick<TestVault, 'issuer' | 'webApp' | 'emulator'>,
): Promise<NextApp> {
  let target = ''
  const proxy = createServer((incoming, outgoing) => {
    const { host, ...headers } = incoming.headers
    const inner = send(
      new URL(incoming.url ?? '/', target),
      {
        method: incoming.method,
        headers: {
          ...headers,
          host: new URL(target).host,
          'x-forwarded-host': host,
          'x-forwarded-proto': 'http',
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    inner.on('error', () => outgoing.destroy())
    incoming.pipe(inner)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  const origin = `http://127.0.0.1:${address.port}`
  const process = spawnNext(nextPackage, ['start', folder, '-p', '0', '-H', '127.0.0.1'], {
    VALETKEY_ISSUER: vault.issuer,
    VALETKEY_CLIENT_ID: vault.webApp.id,
    VALETKEY_CLIENT_SECRET: vault.webApp.secret,
    VALETKEY_APP_URL: origin,
    VALETKEY_COOKIE_SECRET: cookieSecret,
    USERINFO_URL: `${vault.emulator.url}/google/v1/userinfo`,
  })
  const output = collect(process)
  target = await new Promise((resolve, reject) => {
    const look = (): void => {
      const [, url] = /Local:\s+(http:\/\/\S+)/.exec(output()) ?? []
      if (url !== undefined && /Ready in/.test(output())) resolve(url)
    }
    process.stdout?.on('data', look)
    process.once('exit', () => reject(new Error(`next start ended: ${output()}`)))
    AbortSignal.timeout(readyMilliseconds).addEventListener('abort', () =>
      reject(new Error(`next start is not ready: ${output()}`)),
    )
  })
  return {
    origin,
    output,
    close: async () => {
      const ended = new Promise((resolve) => process.once('exit', resolve))
      process.kill('SIGTERM')
      await ended
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

function nextFolder(nextPackage: NextPackage): string {
  return dirname(createRequire(import.meta.url).resolve(`${nextPackage}/package.json`))
}

function spawnNext(
  nextPackage: NextPackage,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const { PATH, HOME, TMPDIR } = process.env
  return spawn(process.execPath, [join(nextFolder(nextPackage), 'dist/bin/next'), ...parameters], {
    cwd: packageFolder,
    // Nothing of the surrounding environment: a test must not find somebody's vault.
    env: {
      PATH,
      HOME,
      TMPDIR,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      CI: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (chunk: string) => (text += chunk))
  }
  return () => text
}
