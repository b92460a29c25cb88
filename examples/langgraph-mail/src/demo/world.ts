import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { logInElsewhere } from '@valetkey-examples/backstage/log-in-elsewhere'
import { stopProcesses } from '@valetkey-examples/backstage/processes'
import { startDev } from '@valetkey-examples/backstage/start-dev'
import { connectEmulator, type LogEntry, type RemoteEmulator } from '@valetkey/emulator'
import type { Turn, TurnRequest } from '../turn-request.ts'

/** An emulator, a vault, the app's web server, and an agent that is a new process at every turn. */
export interface World {
  readonly user: string
  readonly loginToken: string
  readonly issuer: string
  readonly appUrl: string
  readonly emulator: RemoteEmulator
  /** Lets a new process take one turn; it has ended when this resolves. */
  readonly takeTurn: (request: TurnRequest) => Promise<Turn>
  /** Mails that reached Gmail, or what stands for it. */
  readonly sentMails: () => Promise<readonly LogEntry[]>
  /** Every byte of LangGraph's checkpoints. */
  readonly checkpoints: () => string
  readonly stop: () => Promise<void>
}

const user = 'demo'
const program = fileURLToPath(new URL('../turn.ts', import.meta.url))

/** Starts everything, with an empty vault; the user has logged in to the app. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-mail-'))
  const [vaultFolder, appFolder] = ['vault', 'app'].map((name) => join(folder, name))
  if (vaultFolder === undefined || appFolder === undefined) throw new Error('No folder')
  for (const path of [vaultFolder, appFolder]) mkdirSync(path)
  const { emulatorUrl, userTokenEndpoint, issuer, environment } = await startDev(vaultFolder)
  const emulator = connectEmulator(emulatorUrl)

  // What `valetkey dev` prints for your .env; the demo gives it to itself and to the agent.
  Object.assign(process.env, environment, { MAIL_DATA: appFolder })
  const { sessions } = await import('../lib/sessions.ts')
  const loginToken = await logInElsewhere(userTokenEndpoint, user)
  await sessions.logIn(user, loginToken)
  const { startAppServer } = await import('../app-server.ts')
  const app = await startAppServer(user)

  return {
    user,
    loginToken,
    issuer,
    appUrl: app.url,
    emulator,
    takeTurn: async (request) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        program,
        JSON.stringify(request),
      ])
      return JSON.parse(stdout) as Turn
    },
    sentMails: async () =>
      (await emulator.log.entries({ provider: 'google', user, route: 'api' })).filter(
        ({ outcome }) => outcome !== undefined && 'status' in outcome && outcome.status === 200,
      ),
    checkpoints: () =>
      readdirSync(appFolder)
        .filter((name) => name.startsWith('checkpoints.db'))
        .map((name) => readFileSync(join(appFolder, name), 'latin1'))
        .join('\n'),
    stop: async () => {
      app.close()
      await stopProcesses()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
