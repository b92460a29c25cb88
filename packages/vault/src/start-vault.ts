import { ConfigError } from './config/config-error.ts'
import { parseVaultConfig } from './config/define-vault.ts'
import type { VaultConfig } from './config/vault-config.ts'
import { openVault } from './create-vault.ts'
import type { CreateVaultOptions, Vault } from './create-vault.ts'
import type { CertifiedKey } from './crypto/certified-key.ts'
import { isLoopbackHost } from './domain/loopback-host.ts'
import { listen } from './listen.ts'
import type { Listening } from './listen.ts'

export interface StartVaultOptions extends CreateVaultOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** Default: 0, any free one. */
  readonly port?: number | undefined
  /**
   * Replaces the process's `Request` and `Response` by lighter ones. For a process that is nothing but a vault.
   * Default: false.
   */
  readonly lightweightGlobals?: boolean | undefined
  /**
   * Listens with TLS, with a certificate that has the issuer's host. Default: plain HTTP, for loopback and for a proxy in
   * front that has the certificate.
   */
  readonly tls?: CertifiedKey | undefined
}

/** A vault that listens. */
export interface StartedVault {
  readonly issuer: string
  /** Where it listens: `http://127.0.0.1:8787`, or `https://…` with TLS; without a slash at the end. */
  readonly url: string
  /** Where the admin API listens, if it has a port of its own; without a slash at the end. */
  readonly adminUrl?: string | undefined
  readonly vault: Vault
  /** Takes nothing new, finishes what is under way, and closes the database: 15 s at most. Idempotent. */
  close(): Promise<void>
}

/** Requests under way have so long; what a cut one still does, the vault waits for. */
const REQUEST_GRACE_SECONDS = 3

/**
 * Starts a vault on a port. With an `issuer`, everything is checked before anything listens. Without one, on loopback
 * only, the vault takes the address it gets as its issuer; with TLS, `https://localhost` with the port it gets.
 *
 * @throws {ConfigError} `config_invalid`, and what `createVault` throws
 * @throws {TypeError} when `tls` is no key with its certificate
 * @throws a `NodeJS.ErrnoException`, such as `EADDRINUSE`, when the address cannot be had
 */
export async function startVault(
  config: VaultConfig,
  { host = '127.0.0.1', port = 0, lightweightGlobals, tls, ...options }: StartVaultOptions = {},
): Promise<StartedVault> {
  const { issuer, admin } = parseVaultConfig(config)
  const adminHost = admin?.host ?? '127.0.0.1'
  checkHost(issuer, host)
  if (admin?.port !== undefined) checkHost(issuer, adminHost)
  checkScheme(issuer, tls)
  const scheme = tls === undefined ? 'http' : 'https'

  let vault: Vault | undefined
  const bound: { listening?: Listening; admin?: Listening | undefined } = {}
  const bind = async (): Promise<Listening> =>
    (bound.listening ??= await listen({
      host,
      port,
      lightweightGlobals,
      tls,
      fetch: async (request, info) => vault?.fetch(request, info) ?? notYet(),
    }))
  const bindAdmin = async (): Promise<Listening | undefined> => {
    if (admin?.port === undefined) return undefined
    return (bound.admin ??= await listen({
      host: adminHost,
      port: admin.port,
      lightweightGlobals,
      tls,
      fetch: async (request, info) => vault?.adminFetch?.(request, info) ?? notYet(),
    }))
  }
  const stopListening = async (graceSeconds: number): Promise<void> => {
    await Promise.all(
      [bound.listening, bound.admin].map(async (one) => await one?.close({ graceSeconds })),
    )
  }
  const urlOf = (name: string, { port: own }: Listening): string =>
    `${scheme}://${hostInUrl(name)}:${own}`
  const issuerOf = (listening: Listening): string =>
    tls === undefined ? `${urlOf(host, listening)}/` : `https://localhost:${listening.port}/`

  try {
    vault = await openVault(
      { ...config, issuer: issuer ?? issuerOf(await bind()) },
      {
        ...options,
        beforeStart: async () => {
          await bind()
          await bindAdmin()
        },
      },
    )
  } catch (error) {
    await stopListening(0)
    throw error
  }
  const running = vault
  let closed: Promise<void> | undefined
  return {
    issuer: running.issuer,
    url: urlOf(host, await bind()),
    adminUrl: bound.admin && urlOf(adminHost, bound.admin),
    vault: running,
    close: () =>
      (closed ??= (async () => {
        await stopListening(REQUEST_GRACE_SECONDS)
        await running.stop()
      })()),
  }
}

/**
 * A vault that has no https address must not be reached from elsewhere: tokens would pass in the clear. With one, TLS is
 * its own or that of a proxy in front.
 */
function checkHost(issuer: string | undefined, host: string): void {
  if (issuer?.startsWith('https:') === true || isLoopbackHost(hostInUrl(host))) return
  throw new ConfigError([
    {
      path: 'issuer',
      message:
        issuer === undefined
          ? 'is missing. Only on loopback can it be left out'
          : `is http:, for this machine alone, but the vault would listen on ${JSON.stringify(host)}. Listen on 127.0.0.1, or give an https: issuer`,
    },
  ])
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** An http: issuer leads nowhere on a port that speaks TLS. */
function checkScheme(issuer: string | undefined, tls: CertifiedKey | undefined): void {
  if (tls === undefined || issuer?.startsWith('http:') !== true) return
  throw new ConfigError([
    { path: 'issuer', message: 'is http:, but the vault would listen with TLS. Write https:' },
  ])
}

function notYet(): Response {
  return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
}
