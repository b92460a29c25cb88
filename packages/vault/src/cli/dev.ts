import type { VaultConfig } from '../config/vault-config.ts'
import { openLoopbackCertificate } from '../open-loopback-certificate.ts'
import type { LoopbackCertificate } from '../open-loopback-certificate.ts'
import { systemRuntime } from '../runtime.ts'
import { startVault } from '../start-vault.ts'
import { devClients, devConfig } from './dev-config.ts'
import type { DevEmulator } from './dev-emulator.ts'
import { attachDevEmulator, startDevEmulator } from './dev-emulator.ts'
import type { DevFolder } from './dev-folder.ts'
import { openDevFolder } from './dev-folder.ts'
import { explainListening } from './explain-failure.ts'
import { secureProcess } from './secure-process.ts'
import { openStderrLog } from './stderr-log.ts'
import { stopSignal } from './stop-signal.ts'
import { nodeTrustLine, trustInstructions } from './trust-instructions.ts'

export interface DevOptions {
  readonly port: number
  readonly data: string
  readonly emulator?: string | undefined
  readonly tls: boolean
  readonly json: boolean
  readonly verbose: boolean
}

/** `valetkey dev`: a vault that needs no configuration and no account anywhere, until a signal. */
export async function dev({
  port,
  data,
  emulator: address,
  tls,
  json,
  verbose,
}: DevOptions): Promise<void> {
  const log = openStderrLog({ level: verbose ? 'info' : 'warn' })
  secureProcess(log)
  const stop = stopSignal(log)
  const folder = openDevFolder(data, systemRuntime)
  const certificate = tls ? await openLoopbackCertificate(folder.tlsFolder) : undefined
  const emulator =
    address === undefined
      ? await startDevEmulator({
          port: port === 0 ? 0 : port + 1,
          dataFolder: folder.emulatorFolder,
          audience: 'valet-key',
          // A person wants to see what users see; a script has nobody to click.
          consent: json ? 'automatic' : 'page',
        })
      : await attachDevEmulator(address)
  const config = devConfig(folder, emulator)
  const vault = await startVault(config, {
    host: '127.0.0.1',
    port,
    tls: certificate?.tls,
    logger: log.logger,
    lightweightGlobals: true,
  }).catch(async (error: unknown) => {
    await emulator.close()
    throw explainListening(error, { port })
  })
  const setup = {
    ...describeSetup(vault.issuer, folder, emulator, config),
    ...(certificate && { certificateAuthority: certificate.authority.file }),
  }
  process.stdout.write(json ? `${JSON.stringify(setup)}\n` : introduce(setup, certificate))

  await stop
  await vault.close()
  await emulator.close()
  log.logger.info('stopped')
  log.flush()
}

/** What a script needs to use the vault; the names are part of the command's interface. */
interface DevSetup {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The client without a secret, for apps on the user's own device. */
  readonly publicClientId: string
  /** How any OpenID Connect library learns the rest. */
  readonly discoveryUrl: string
  /** Where both clients may be sent back to after a login or a connect; any port of these. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Identifiers of APIs that both clients may ask tokens for. */
  readonly apis: readonly string[]
  readonly apiScopes: readonly string[]
  readonly dataFolder: string
  readonly emulator: string
  readonly trustedIssuer: string
  readonly connections: readonly string[]
  /** By provider id: where its API is emulated. Tokens of `dev` go there and not to the provider's own hosts. */
  readonly apiUrls: Readonly<Record<string, string>>
  /** `POST {"user":"demo"}` answers `{ token, type }`. */
  readonly userTokenEndpoint: string
  /** With `--tls`: the file of the authority to trust, PEM. */
  readonly certificateAuthority?: string
}

function describeSetup(
  issuer: string,
  folder: DevFolder,
  emulator: DevEmulator,
  config: VaultConfig,
): DevSetup {
  return {
    issuer,
    clientId: folder.clientId,
    clientSecret: folder.clientSecret,
    discoveryUrl: `${issuer}.well-known/openid-configuration`,
    ...devClients,
    dataFolder: folder.path,
    emulator: emulator.url,
    trustedIssuer: emulator.trustedIssuer.issuer,
    connections: (config.connections ?? []).map(({ name }) => name),
    apiUrls: Object.fromEntries(
      emulator.providers.map(({ definition: { id } }) => [id, `${emulator.url}/${id}`]),
    ),
    userTokenEndpoint: `${emulator.url}/idp/login-token`,
  }
}

function introduce(setup: DevSetup, certificate: LoopbackCertificate | undefined): string {
  return `
Valet Key for development. Nothing here is real: providers and logins are emulated.

  vault        ${setup.issuer}
  emulator     ${setup.emulator}
  data         ${setup.dataFolder}
  connections  ${setup.connections.join(', ')}

Paste into .env:

VALETKEY_ISSUER=${setup.issuer}
VALETKEY_CLIENT_ID=${setup.clientId}
VALETKEY_CLIENT_SECRET=${setup.clientSecret}
${certificate === undefined ? '' : explainTrust(certificate)}
The emulated APIs, for your tools to call in place of the providers':

${apiUrlLines(setup).join('\n')}

Log users in at the vault, with any OpenID Connect library (code and PKCE):

  issuer         ${setup.issuer}
  discovery      ${setup.discoveryUrl}
  client         ${setup.clientId}, with the secret above
  public client  ${setup.publicClientId}, without one: for single-page apps and command lines
  redirect URIs  http://localhost or http://127.0.0.1, any port, with one of
                 ${pathsOf(setup.redirectUris).join('\n                 ')}
  API            ${setup.apis.join(', ')}, with the scopes ${setup.apiScopes.join(' ')}

Whoever logs in with Google has connected Google: scope "openid offline_access" brings a refresh
token, and the demo agent exchanges that for Google's.

Or with a login system of your own; here the emulator's. A login token of the demo user:

  curl -s ${setup.userTokenEndpoint} -H 'content-type: application/json' -d '{"user":"demo"}'

Ctrl-C stops it.
`
}

function explainTrust({ authority }: LoopbackCertificate): string {
  const { trust, undo, note } = trustInstructions(process.platform, authority)
  const state = authority.origin === 'made' ? ', new: not trusted yet' : ''
  return `
The certificate is of an authority that can vouch for localhost and nothing else ("${authority.name}"${state}).

Node asks a variable that it reads at its start, so it belongs into the shell and not into .env:

  ${nodeTrustLine(process.platform, authority.file)}

For browsers and everything else, trust it, and undo that:

  ${trust}
  ${undo}
${note === undefined ? '' : `\n${note}\n`}`
}

function pathsOf(uris: readonly string[]): readonly string[] {
  return [...new Set(uris.map((uri) => new URL(uri).pathname))]
}

function apiUrlLines({ apiUrls }: DevSetup): readonly string[] {
  return Object.entries(apiUrls).map(
    ([id, url]) => `${id.toUpperCase().replaceAll('-', '_')}_API_URL=${url}`,
  )
}
