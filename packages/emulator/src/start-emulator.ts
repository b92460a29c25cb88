import { ServerResponse } from 'node:http'
import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import { createAdaptorServer } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { providers as catalog, type ProviderDefinition } from '@valetkey/providers'
import type { ProviderBehaviour } from './behaviour.ts'
import type { ConsentDecision } from './consent.ts'
import {
  configureProvider,
  decideConsent,
  expireAccessTokens,
  revokeGrant,
  type RevokedGrant,
} from './control.ts'
import {
  createEmulation,
  defaultClient,
  providerOf,
  type Emulation,
  type EmulatorClient,
} from './emulation.ts'
import { createEmulatorApp } from './emulator-app.ts'
import type { EmulatorFaults } from './faults.ts'
import { issueTokens, type IssuedGrant, type IssueTokensOptions } from './issue-tokens.ts'
import { issueLoginToken, type LoginTokenOptions } from './jwt.ts'
import type { EmulatorLog } from './log.ts'
import { CONNECTION_HEADER } from './reply.ts'
import { systemRuntime, type Runtime } from './runtime.ts'
import { trustedIssuer, type TrustedIssuer } from './trusted-issuer.ts'
import { defaultUsers, IDENTITY_PROVIDER_ID, type EmulatorUser } from './users.ts'

/** How the emulator is set up. */
export interface EmulatorOptions {
  /** On 127.0.0.1. Default: 0, any free one. */
  readonly port?: number | undefined
  /** Default: the whole catalog. */
  readonly providers?: readonly ProviderDefinition[] | undefined
  /** How providers behave other than their definitions say, by provider id. */
  readonly behaviour?: Readonly<Record<string, ProviderBehaviour>> | undefined
  /** Clients besides the one that every provider has, see `client(provider)`. */
  readonly clients?: readonly EmulatorClient[] | undefined
  /** The first one is signed in unless `login_hint` names another. Default: demo, alice, bob, bobby. */
  readonly users?: readonly EmulatorUser[] | undefined
  /** `automatic`: consent is given at once, as `decideConsent` says. `page`: a person clicks. Default: `automatic`. */
  readonly consent?: 'automatic' | 'page' | undefined
  /** Where keys and tokens outlast the process. Default: nowhere. */
  readonly dataFolder?: string | undefined
  /** Default audience and life of login tokens. Default: `valet-key`, 3600. */
  readonly loginToken?:
    | { readonly audience?: string | undefined; readonly lifetimeSeconds?: number | undefined }
    | undefined
  /** If set, `/_emulator/*` asks for it as bearer. */
  readonly controlToken?: string | undefined
  /** Time, randomness and waiting. Default: the machine's. */
  readonly runtime?: Partial<Runtime> | undefined
}

/** A running emulator. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  /** The definition of a provider as served here: what a vault's connection takes. The login system is `idp`. */
  readonly provider: (id: string) => ProviderDefinition
  /** Ids of all providers, the login system last. */
  readonly providerIds: () => readonly string[]
  /** The client that a provider has from the start. */
  readonly client: (provider: string) => EmulatorClient
  readonly log: EmulatorLog
  readonly faults: EmulatorFaults
  /** Moves the providers' time forward: tokens and codes expire, grace windows close. JWTs keep real time. */
  readonly advance: (seconds: number) => void
  /** The providers' time, seconds since the epoch. */
  readonly now: () => number
  /** Decides the next authorization request of a provider, where consent is automatic. */
  readonly decideConsent: (provider: string, decision: ConsentDecision) => void
  /** Changes how a provider behaves from now on. */
  readonly configure: (provider: string, behaviour: ProviderBehaviour) => void
  /** The user ends a client's access at the provider; resolves to how many consents ended. */
  readonly revokeGrant: (grant: RevokedGrant) => number
  /** Ends live access tokens before their time; refresh tokens stay. */
  readonly expireAccessTokens: (which: {
    readonly provider: string
    readonly user?: string | undefined
  }) => number
  /** Tokens as if a user had consented, for tests that begin there. */
  readonly issueTokens: (options: IssueTokensOptions) => IssuedGrant
  /** A JWT of the emulator's login system. */
  readonly issueLoginToken: (user: string, options?: LoginTokenOptions) => Promise<string>
  /** What a vault has to know to trust the emulator's login system. */
  readonly trustedIssuer: () => TrustedIssuer
  /** New signing keys; old ones stay in the JWKS unless `forgetOld`. Default provider: the login system. */
  readonly rotateKeys: (options?: {
    readonly provider?: string | undefined
    readonly forgetOld?: boolean | undefined
  }) => Promise<void>
  /** Stops listening; open connections end, held requests too. */
  readonly close: () => Promise<void>
}

/**
 * Starts providers on loopback.
 *
 * @throws {TypeError} when an option is wrong
 * @throws {Error} when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const runtime: Runtime = { ...systemRuntime, ...options.runtime }
  // The port is known only once the server listens, and the URLs only with the port.
  let serve: (request: Request) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 })
  const server = createAdaptorServer({
    hostname: '127.0.0.1',
    // The emulator runs inside other people's tests: it leaves their globals alone.
    overrideGlobalObjects: false,
    fetch: async (request, bindings) => finish(await serve(request), bindings),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Error(
          `The emulator cannot listen on port ${options.port ?? 0}. Stop what uses it, or choose another port.`,
          { cause },
        ),
      )
    })
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const close = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  }

  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The emulator has no port')
    const emulation = createEmulation({
      runtime,
      baseUrl: `http://127.0.0.1:${address.port}`,
      addresses: 'emulator',
      providers: options.providers ?? Object.values<ProviderDefinition>(catalog),
      behaviour: options.behaviour ?? {},
      clients: options.clients ?? [],
      users: options.users ?? defaultUsers,
      consentMode: options.consent ?? 'automatic',
      dataFolder: options.dataFolder,
      loginToken: {
        audience: options.loginToken?.audience ?? 'valet-key',
        lifetimeSeconds: options.loginToken?.lifetimeSeconds ?? 3_600,
      },
    })
    const app = createEmulatorApp(emulation, options.controlToken)
    serve = (request) => app.fetch(request)
    return emulator(emulation, close)
  } catch (error) {
    await close()
    throw error
  }
}

function emulator(emulation: Emulation, close: () => Promise<void>): Emulator {
  return {
    url: emulation.baseUrl,
    provider: (id) => providerOf(emulation, id).served(),
    providerIds: () => [...emulation.providers.keys()],
    client: (provider) => defaultClient(providerOf(emulation, provider).id),
    log: emulation.log,
    faults: emulation.faults,
    advance: emulation.clock.advance,
    now: emulation.clock.now,
    decideConsent: (provider, decision) => {
      decideConsent(emulation, provider, decision)
    },
    configure: (provider, behaviour) => {
      configureProvider(emulation, provider, behaviour)
    },
    revokeGrant: (grant) => revokeGrant(emulation, grant),
    expireAccessTokens: (which) => expireAccessTokens(emulation, which),
    issueTokens: (tokens) => issueTokens(emulation, tokens),
    issueLoginToken: (user, options) => issueLoginToken(emulation, user, options),
    trustedIssuer: () => trustedIssuer(emulation),
    rotateKeys: ({ provider = IDENTITY_PROVIDER_ID, forgetOld = false } = {}) =>
      emulation.keys.rotate(providerOf(emulation, provider).id, forgetOld),
    close: async () => {
      emulation.faults.clear()
      await close()
    },
  }
}

/** Ends the connection where a fault says so; everything else is answered. */
async function finish(
  response: Response,
  { incoming, outgoing }: HttpBindings | Http2Bindings,
): Promise<Response> {
  const connection = response.headers.get(CONNECTION_HEADER)
  if (connection === null) return response
  if (connection === 'cut' && outgoing instanceof ServerResponse) {
    const body = Buffer.from(await response.arrayBuffer())
    outgoing.writeHead(response.status, {
      'content-type': response.headers.get('content-type') ?? 'text/plain',
      'content-length': body.length,
    })
    await new Promise<void>((resolve) => {
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        resolve()
      })
    })
  }
  incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}
