import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEmulator, type LogEntry, type RemoteEmulator } from '@valetkey/emulator'
import { type AppServer, startAppServer } from '../app-server.ts'
import { auth } from '../lib/auth.ts'
import type { Options } from '../options.ts'
import { logInElsewhere } from './external-login.ts'
import { processLog, runProcess, startProcess, stopProcesses } from './processes.ts'

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
  readonly verifyAudit: () => { readonly ok: boolean; readonly output: string }
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
  const { url } = (await startProcess({
    package: '@valetkey/emulator',
    parameters: ['--port', '0', '--consent', 'page', '--json'],
  })) as { url: string }
  const emulator = connectEmulator(url)
  await emulator.configure('google', { accessTokenLifetimeSeconds: tokenLifeSeconds })

  const vault = (await startProcess({
    package: '@valetkey/vault',
    parameters: ['dev', '--port', '0', '--data', folder, '--emulator', url, '--json'],
  })) as { issuer: string; clientId: string; clientSecret: string; userTokenEndpoint: string }

  // What `valetkey dev` prints for your .env; the demo gives it to itself.
  process.env['VALETKEY_ISSUER'] = vault.issuer
  process.env['VALETKEY_CLIENT_ID'] = vault.clientId
  process.env['VALETKEY_CLIENT_SECRET'] = vault.clientSecret
  process.env['GOOGLE_API_URL'] = `${url}/google`
  process.env['GITHUB_API_URL'] = `${url}/github`
  if (issuer === 'external') auth.setSession(await logInElsewhere(vault.userTokenEndpoint, user))
  const app = await startAppServer()

  return {
    user,
    issuer: vault.issuer,
    app,
    emulator,
    requestsAfter: async (after, route, provider = 'google') =>
      await emulator.log.entries({ provider, user, after, route }),
    verifyAudit: () => {
      const config = join(folder, 'audit.config.json')
      writeFileSync(
        config,
        JSON.stringify({ storage: { sqlite: 'vault.db' }, keys: { local: 'file:vault.key' } }),
      )
      return runProcess({
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
