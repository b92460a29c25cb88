import { parseVaultConfig } from '../config/define-vault.ts'
import { explainListening } from './explain-failure.ts'
import { loadConfig } from './load-config.ts'
import { secureProcess } from './secure-process.ts'
import { openStderrLog } from './stderr-log.ts'
import { stopSignal } from './stop-signal.ts'
import { UserError } from './user-error.ts'

export interface ServeOptions {
  readonly config: string
  readonly host: string
  readonly port: number
  readonly quiet: boolean
}

/** `valetkey serve`: checks everything, then listens, until a signal. */
export async function serve({ config: file, host, port, quiet }: ServeOptions): Promise<void> {
  const log = openStderrLog({ level: quiet ? 'warn' : 'info' })
  secureProcess(log)
  const stop = stopSignal(log)
  const { config: loaded, folder } = await loadConfig(file)
  const config = parseVaultConfig(loaded)
  if (config.issuer === undefined) {
    throw new UserError(
      'The configuration has no issuer. Give the address by which apps reach the vault, such as issuer: "https://vault.example.com/"',
    )
  }
  // Loaded only for a configuration that is right: everything the vault is made of.
  const { startVault } = await import('../start-vault.ts')
  const vault = await startVault(config, {
    host,
    port,
    environment: process.env,
    folder,
    literalSecrets: 'refused',
    logger: log.logger,
    lightweightGlobals: true,
  }).catch((error: unknown) => {
    throw explainListening(error, { port })
  })
  log.logger.info(`listening on ${vault.url} as ${vault.issuer}`)
  log.flush()

  await stop
  await vault.close()
  log.logger.info('stopped')
  log.flush()
}
