import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from '@valetkey-internal/testing/free-port'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import * as z from 'zod'
import { type RunningProcess, runProcess, valetkeyProgram } from './run-process.ts'

/** The chat example as its README starts it: `valetkey dev` and the built Next.js app, each a process. */
export interface NextChatWorld {
  /** Of the app: `http://localhost:PORT`, another site than the vault's `127.0.0.1`. */
  readonly url: string
  readonly issuer: string
  readonly emulator: Emulator
  /** A user of the emulator whom nobody has used yet. */
  readonly newUser: () => string
  /** Everything that was seen in browsers, by where: pages close, and what they saw stays here. */
  readonly seen: Map<string, string[]>
  /** The vault is gone, until it is started again. */
  readonly stopVault: () => Promise<void>
  readonly startVault: () => Promise<void>
  /** Ends the app: what it wrote, the chats it stored, and what was secret in its requests. */
  readonly stopApp: () => Promise<AppRemains>
  readonly close: () => Promise<void>
}

/** What is left of the app. */
export interface AppRemains {
  readonly log: string
  readonly chats: string
  readonly secrets: ReadonlyMap<string, string>
}

const USERS = 40
const app = resolve(import.meta.dirname, '../../examples/next-chat')
const next = createRequire(join(app, 'package.json')).resolve('next/dist/bin/next')
const preload = pathToFileURL(resolve(import.meta.dirname, 'keep-secrets.ts')).href

/** Starts everything (the app as it was built), with an empty vault and no chats. */
export async function startNextChatWorld(): Promise<NextChatWorld> {
  const quiet = { NEXT_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  const emulator = await startEmulator({
    consent: 'page',
    users: Array.from({ length: USERS }, (_, index) => ({
      id: `user-${index}`,
      name: `User ${index}`,
      email: `user-${index}@example.com`,
    })),
  })
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-next-chat-'))
  const [chatFolder, secretsFolder] = [join(folder, 'chats'), join(folder, 'secrets')]
  mkdirSync(secretsFolder)
  const vaultPort = await freePort()
  const startVault = async (): Promise<RunningProcess> => {
    const parameters = ['--port', String(vaultPort), '--data', 'vault', '--emulator', emulator.url]
    const started = runProcess(valetkeyProgram(), ['dev', ...parameters, '--json'], { cwd: folder })
    await started.wrote('stdout', '}\n')
    return started
  }
  let vault = await startVault()
  const dev = Dev.parse(JSON.parse(vault.stdout()))
  const url = `http://localhost:${await freePort()}`
  const cookieSecret = randomBytes(32).toString('base64url')
  const server = runProcess(
    next,
    ['start', '--hostname', '127.0.0.1', '--port', new URL(url).port],
    {
      cwd: app,
      environment: {
        ...quiet,
        VALETKEY_ISSUER: dev.issuer,
        VALETKEY_CLIENT_ID: dev.clientId,
        VALETKEY_CLIENT_SECRET: dev.clientSecret,
        VALETKEY_APP_URL: url,
        VALETKEY_COOKIE_SECRET: cookieSecret,
        GOOGLE_API_URL: `${emulator.url}/google`,
        SLACK_API_URL: `${emulator.url}/slack`,
        GITHUB_API_URL: `${emulator.url}/github`,
        CHAT_FOLDER: chatFolder,
        SECRETS_FOLDER: secretsFolder,
        NODE_OPTIONS: `--import=${preload}`,
      },
    },
  )
  await server.wrote('stdout', 'Ready in')

  let used = 0
  return {
    url,
    issuer: dev.issuer,
    emulator,
    newUser: () => {
      used += 1
      if (used > USERS) throw new Error(`This world has ${USERS} users, all in use`)
      return `user-${used - 1}`
    },
    seen: new Map(),
    stopVault: async () => {
      vault.child.kill()
      await vault.ended
    },
    startVault: async () => {
      vault = await startVault()
    },
    stopApp: async () => {
      server.child.kill()
      await server.ended
      const secrets = readTexts(secretsFolder).flatMap((text) => Secrets.parse(JSON.parse(text)))
      return {
        log: server.stdout() + server.stderr(),
        chats: readTexts(chatFolder).join('\n'),
        secrets: new Map([
          ['client secret', dev.clientSecret],
          ['cookie secret', cookieSecret],
          ...secrets.map(({ name, value }, index) => [`${name} #${index}`, value] as const),
        ]),
      }
    },
    close: async () => {
      for (const { child, ended: end } of [server, vault]) {
        child.kill('SIGKILL')
        await end
      }
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The names are part of the interface of `valetkey dev --json`. */
const Dev = z.object({ issuer: z.url(), clientId: z.string(), clientSecret: z.string() })

const Secrets = z.array(z.object({ name: z.string(), value: z.string() }))

function readTexts(folder: string): readonly string[] {
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
}
