import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgram, stopProcesses } from '@valetkey-examples/backstage/processes'
import { startDev } from '@valetkey-examples/backstage/start-dev'
import { freePort } from '@valetkey-internal/testing/free-port'
import { connectEmulator, type RemoteEmulator } from '@valetkey/emulator'

/** Three processes: the emulator, the vault and the Next.js app. */
export interface World {
  /** Of the app, without a slash at the end. */
  readonly url: string
  readonly issuer: string
  readonly emulator: RemoteEmulator
  /** Where the app keeps its chats. */
  readonly chatFolder: string
  readonly stop: () => Promise<void>
}

const app = fileURLToPath(new URL('..', import.meta.url))
const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'))

export interface WorldOptions {
  /** Of the app, which was built before. 0: any free one. */
  readonly port: number
  /** `scripted`: whatever keys there are. */
  readonly model: 'scripted' | 'as the environment says'
}

/** Starts everything, with an empty vault and no chats. */
export async function startWorld({ port, model }: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-next-chat-'))
  const stop = async (): Promise<void> => {
    await stopProcesses()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const dev = await startDev(join(folder, 'vault'))
    const chatFolder = join(folder, 'chats')
    const appPort = port === 0 ? await freePort() : port
    const url = `http://localhost:${appPort}`
    await startProgram(
      {
        file: next,
        parameters: ['start', '--hostname', '127.0.0.1', '--port', String(appPort)],
        cwd: app,
        environment: {
          ...dev.environment,
          ...(model === 'scripted' && { ANTHROPIC_API_KEY: '', OPENAI_API_KEY: '' }),
          NEXT_TELEMETRY_DISABLED: '1',
          VALETKEY_APP_URL: url,
          VALETKEY_COOKIE_SECRET: randomBytes(32).toString('base64url'),
          CHAT_FOLDER: chatFolder,
        },
      },
      /Ready in/,
    )
    return { url, issuer: dev.issuer, emulator: connectEmulator(dev.emulatorUrl), chatFolder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
