import { providers as catalog, type ProviderDefinition } from '@valetkey/providers'
import { http, HttpResponse, type HttpHandler } from 'msw'

import type { ProviderBehaviour } from '../behaviour.ts'
import type { ConsentDecision } from '../consent.ts'
import {
  configureProvider,
  decideConsent,
  expireAccessTokens,
  revokeGrant,
  type RevokedGrant,
} from '../control.ts'
import { createEmulation, defaultClient, providerOf, type EmulatorClient } from '../emulation.ts'
import { createEmulatorApp } from '../emulator-app.ts'
import type { EmulatorFaults } from '../faults.ts'
import { issueTokens, type IssuedGrant, type IssueTokensOptions } from '../issue-tokens.ts'
import { issueLoginToken, type LoginTokenOptions } from '../jwt.ts'
import type { EmulatorLog } from '../log.ts'
import { CONNECTION_HEADER } from '../reply.ts'
import { systemRuntime, type Runtime } from '../runtime.ts'
import { trustedIssuer, type TrustedIssuer } from '../trusted-issuer.ts'
import { defaultUsers, IDENTITY_PROVIDER_ID, type EmulatorUser } from '../users.ts'

/** Which providers are answered for, and how. */
export interface ProviderHandlersOptions {
  /** Ids of the catalog, or definitions. They must not share a host. */
  readonly providers: readonly (keyof typeof catalog | ProviderDefinition)[]
  readonly behaviour?: Readonly<Record<string, ProviderBehaviour>> | undefined
  /** Clients besides the one that every provider has, see `client(provider)`. */
  readonly clients?: readonly EmulatorClient[] | undefined
  /** Default: demo, alice, bob, bobby. */
  readonly users?: readonly EmulatorUser[] | undefined
  /** Time and randomness. Default: the machine's. */
  readonly runtime?: Partial<Runtime> | undefined
}

/** Handlers for `setupServer(...)`, and the controls of what answers. */
export interface ProviderHandlers {
  readonly handlers: readonly HttpHandler[]
  readonly client: (provider: string) => EmulatorClient
  readonly log: EmulatorLog
  readonly faults: EmulatorFaults
  /** Tokens as if a user had consented. */
  readonly issueTokens: (options: IssueTokensOptions) => IssuedGrant
  readonly advance: (seconds: number) => void
  readonly decideConsent: (provider: string, decision: ConsentDecision) => void
  readonly configure: (provider: string, behaviour: ProviderBehaviour) => void
  readonly revokeGrant: (grant: RevokedGrant) => number
  readonly expireAccessTokens: (which: {
    readonly provider: string
    readonly user?: string | undefined
  }) => number
  /** A JWT of the emulator's login system, whose keys the handlers serve too. */
  readonly issueLoginToken: (user: string, options?: LoginTokenOptions) => Promise<string>
  readonly trustedIssuer: () => TrustedIssuer
}

/** No such host exists (RFC 6761 section 6.4), so nothing real is shadowed. */
const BASE_URL = 'https://emulator.invalid'

/**
 * The emulator behind the providers' real hosts: what calls `https://oauth2.googleapis.com/token` or
 * the calendar API in a unit test is answered by it, without a server.
 *
 * @throws {TypeError} when an option is wrong, or two providers share a host
 */
export function providerHandlers(options: ProviderHandlersOptions): ProviderHandlers {
  const definitions = options.providers.map((one) =>
    typeof one === 'string' ? definitionOf(one) : one,
  )
  const emulation = createEmulation({
    runtime: { ...systemRuntime, ...options.runtime },
    baseUrl: BASE_URL,
    addresses: 'original',
    providers: definitions,
    behaviour: options.behaviour ?? {},
    clients: options.clients ?? [],
    users: options.users ?? defaultUsers,
    consentMode: 'automatic',
    dataFolder: undefined,
    loginToken: { audience: 'valet-key', lifetimeSeconds: 3_600 },
  })
  const app = createEmulatorApp(emulation, undefined)
  const answer = async (request: Request, path: string): Promise<Response> => {
    const { search } = new URL(request.url)
    const response = await app.fetch(new Request(`${BASE_URL}${path}${search}`, request))
    // Whether the answer was cut in the middle or never began, fetch rejects.
    return response.headers.has(CONNECTION_HEADER) ? HttpResponse.error() : response
  }

  return {
    handlers: [
      ...hostsOf(definitions).map(({ origin, id }) =>
        http.all(`${origin}/*`, ({ request }) =>
          answer(request, `/${id}${new URL(request.url).pathname}`),
        ),
      ),
      http.all(`${BASE_URL}/${IDENTITY_PROVIDER_ID}/*`, ({ request }) =>
        answer(request, new URL(request.url).pathname),
      ),
    ],
    client: (provider) => defaultClient(providerOf(emulation, provider).id),
    log: emulation.log,
    faults: emulation.faults,
    issueTokens: (tokens) => issueTokens(emulation, tokens),
    advance: emulation.clock.advance,
    decideConsent: (provider, decision) => {
      decideConsent(emulation, provider, decision)
    },
    configure: (provider, behaviour) => {
      configureProvider(emulation, provider, behaviour)
    },
    revokeGrant: (grant) => revokeGrant(emulation, grant),
    expireAccessTokens: (which) => expireAccessTokens(emulation, which),
    issueLoginToken: (user, tokenOptions) => issueLoginToken(emulation, user, tokenOptions),
    trustedIssuer: () => trustedIssuer(emulation),
  }
}

function definitionOf(id: keyof typeof catalog): ProviderDefinition {
  if (!Object.hasOwn(catalog, id)) {
    throw new TypeError(`"providers" names ${JSON.stringify(id)}, which the catalog does not have`)
  }
  return catalog[id]
}

function hostsOf(
  definitions: readonly ProviderDefinition[],
): readonly { readonly origin: string; readonly id: string }[] {
  const owners = new Map<string, string>()
  for (const definition of definitions) {
    for (const url of urlsOf(definition)) {
      const { origin } = new URL(url)
      const owner = owners.get(origin)
      if (owner !== undefined && owner !== definition.id) {
        throw new TypeError(`"providers": ${owner} and ${definition.id} share ${origin}; give one`)
      }
      owners.set(origin, definition.id)
    }
  }
  return [...owners].map(([origin, id]) => ({ origin, id }))
}

function urlsOf(definition: ProviderDefinition): string[] {
  const { identity } = definition
  return [
    definition.issuer,
    definition.jwksUri,
    definition.authorizationEndpoint,
    definition.tokenEndpoint,
    definition.revocation?.endpoint,
    identity.source === 'userinfo' ? identity.endpoint : undefined,
    ...definition.apiOrigins,
  ].filter((url) => url !== undefined)
}
