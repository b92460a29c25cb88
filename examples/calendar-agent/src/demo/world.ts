import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logInElsewhere } from '@valetkey-examples/backstage/log-in-elsewhere'
import { processLog, runProcess, stopProcesses } from '@valetkey-examples/backstage/processes'
import { startDev } from '@valetkey-examples/backstage/start-dev'
import { connectEmulator, type LogEntry, type RemoteEmulator } from '@valetkey/emulator'
import { type AppServer, startAppServer } from '../app-server.ts'
import { auth } from '../lib/auth.ts'
import type { Options } from '../options.ts'

/** Three processes: the emulator, the vault, and this one, which is the agent. */
export interface World {
  readonly user: string
  readonly issuer: string
  readonly app: AppServer
  readonly emulator: RemoteEmulator
  /** Requests that reached Google, or what stands for it, after a tick of its log; `provider` is another. */
  readonly requestsAfter: (
    tick: number,
    route: LogEntry['route'],
    provider?: string,
  ) => Promise<readonly LogEntry[]>
  /** `valetkey audit verify` over this vault's log. */
  readonly verifyAudit: () => Promise<{ readonly ok: boolean; readonly output: string }>
  /** What the other processes wrote about themselves. */
  readonly processLog: () => string
  readonly stop: () => Promise<void>
}

const user = 'demo'

/**
 * A token's life in this demo. The vault hands out no token with less than 30 s left, so after some
 * three seconds it takes this one for expired.
 */
export const tokenLifeSeconds = 33

/** Starts everything, with an empty vault. Where users log in elsewhere, the user has done so. */
export async function startWorld({ issuer }: Pick<Options, 'issuer'>): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-demo-'))
  const { emulatorUrl, userTokenEndpoint, ...dev } = await startDev(folder)
  const emulator = connectEmulator(emulatorUrl)
  await emulator.configure('google', { accessTokenLifetimeSeconds: tokenLifeSeconds })

  // What `valetkey dev` prints for your .env; the demo gives it to itself.
  Object.assign(process.env, dev.environment)
  if (issuer === 'external') {
    auth.setSession({ user, accessToken: await logInElsewhere(userTokenEndpoint, user) })
  }
  const app = await startAppServer()

  return {
    user,
    issuer: dev.issuer,
    app,
    emulator,
    requestsAfter: async (after, route, provider = 'google') =>
      await emulator.log.entries({ provider, user, after, route }),
    verifyAudit: async () => {
      const config = join(folder, 'audit.config.json')
      writeFileSync(
        config,
        JSON.stringify({ storage: { sqlite: 'vault.db' }, keys: { local: 'file:vault.key' } }),
      )
      return await runProcess({
        package: '@valetkey/vault',
        parameters: ['audit', 'verify', '--config', config],
      })
    },
    processLog,
    stop: async () => {
      app.close()
      await stopProcesses()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
