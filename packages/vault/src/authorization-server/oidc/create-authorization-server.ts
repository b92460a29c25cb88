import type { RequestListener } from 'node:http'

import { parse } from 'hono/utils/cookie'
import Provider, {
  type Client as OidcClient,
  errors,
  type Interaction as OidcInteraction,
} from 'oidc-provider'

import { isRegisteredRedirectUri } from '../../domain/redirect-uri.ts'
import type {
  AuthorizationServer,
  Interaction,
  InteractionResult,
} from '../../ports/authorization-server.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { createBackchannelRequests } from './backchannel-requests.ts'
import { toClientMetadata } from './client-metadata.ts'
import { oidcConfiguration, type OidcConfigurationOptions, ROUTES } from './configuration.ts'
import { createOidcAdapter, type OidcAdapterOptions } from './create-oidc-adapter.ts'
import { withDefaultScope } from './default-scope.ts'
import { forward } from './forward.ts'
import { createSessions } from './sessions.ts'
import { showPage } from './show-page.ts'
import { isObject } from '../read-jwt.ts'

export interface AuthorizationServerOptions
  extends
    Omit<OidcConfigurationOptions, 'adapter' | 'keys' | 'runtime' | 'listBackchannel'>,
    Omit<OidcAdapterOptions, 'clientMetadata' | 'rotatedRefreshToken'> {
  readonly keys: SigningKeys
  /** A secret of this process: what oidc-provider is shown for a client that the vault has authenticated. */
  readonly vaultProof: string
}

/** The authorization server: oidc-provider behind the vault's own front (architecture, decision 1). */
export function createAuthorizationServer(
  options: AuthorizationServerOptions,
): AuthorizationServer {
  const { issuer, vaultProof, logger } = options
  const adapter = createOidcAdapter({
    ...options,
    clientMetadata: (client) => toClientMetadata(client, vaultProof),
    rotatedRefreshToken: () => Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti,
  })
  const backchannel = createBackchannelRequests({ ...options, provider: current })
  let made: { readonly keys: readonly unknown[]; readonly provider: Provider } | undefined

  /** Keys are taken at construction: new keys, new provider. */
  async function current(): Promise<Provider> {
    const keys = await options.keys.list()
    if (made?.keys !== keys) {
      const provider = new Provider(
        issuer,
        oidcConfiguration({ ...options, ...backchannel, adapter, keys }),
      )
      // The vault says for itself what its address is, in headers that callers cannot reach.
      provider.proxy = true
      // Its own pages submit themselves; it adds the hash of that script, and nothing else may run.
      provider.use(async (ctx, next) => {
        ctx.set('content-security-policy', FORM_PAGE_POLICY)
        await next()
      })
      Object.assign(provider.Client.prototype, {
        // One claim more than asked for: what logging out is told by.
        includeSid: () => true,
        // The same rule as for connecting: on loopback any port, whatever kind of client it is (RV-64).
        redirectUriAllowed(this: OidcClient, uri: string) {
          return isRegisteredRedirectUri(this.redirectUris ?? [], uri)
        },
        postLogoutRedirectUriAllowed(this: OidcClient, uri: string) {
          return isRegisteredRedirectUri(this.postLogoutRedirectUris ?? [], uri)
        },
      })
      provider.use(async (ctx, next) => {
        try {
          await next()
        } catch (error) {
          // Whoever goes on with a device login without its session makes the library fail while it says so.
          if (!isDevicePage(ctx.path)) throw error
          logger.warn('a device login could not go on', { error })
          ctx.status = 400
          showPage(ctx, { page: 'error', error: 'invalid_request' })
        }
      })
      // Koa would print it.
      provider.onerror = (error) => {
        logger.error('the authorization server failed', { error })
      }
      provider.on('server_error', (_ctx, error) => {
        logger.error('the authorization server failed', { error })
      })
      made = { keys, provider }
    }
    return made.provider
  }

  return {
    async answer(request) {
      const provider = await current()
      const handle = provider.callback()
      const listener: RequestListener = (incoming, outgoing) => void handle(incoming, outgoing)
      return await forward(
        listener,
        { issuer, vaultProof },
        await withDefaultScope(options, request),
      )
    },

    async findInteraction({ id, cookies }) {
      const provider = await current()
      if (cookieOf(cookies, provider.cookieName('interaction')) !== id) return undefined
      const interaction = await provider.Interaction.find(id)
      return interaction && toInteraction(id, interaction)
    },

    async finishInteraction({ id, result }) {
      const provider = await current()
      const interaction = await provider.Interaction.find(id)
      if (interaction === undefined) return undefined
      interaction.result = {
        ...interaction.lastSubmission,
        ...(await resultOf(provider, interaction, result)),
      }
      await interaction.persist()
      return { location: interaction.returnTo }
    },

    ...createSessions({ ...options, provider: current }),
    ...backchannel,
  }
}

function isDevicePage(path: string): boolean {
  return path === ROUTES.code_verification || path.startsWith(`${ROUTES.code_verification}/`)
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  return header === undefined ? undefined : parse(header, name)[name]
}

function toInteraction(id: string, { prompt, params, session }: OidcInteraction): Interaction {
  const { details } = prompt
  const apis = isObject(details['missingResourceScopes']) ? details['missingResourceScopes'] : {}
  return {
    id,
    kind: prompt.name === 'consent' ? 'consent' : 'login',
    clientId: textOf(params['client_id']),
    parameters: Object.fromEntries(
      Object.entries(params).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    userId: session?.accountId,
    missing: {
      scopes: textsOf(details['missingOIDCScope']),
      apis: Object.entries(apis).map(([identifier, scopes]) => ({
        identifier,
        scopes: textsOf(scopes),
      })),
    },
  }
}

async function resultOf(
  provider: Provider,
  interaction: OidcInteraction,
  result: InteractionResult,
): Promise<NonNullable<OidcInteraction['result']>> {
  switch (result.kind) {
    case 'login':
      return {
        login: {
          accountId: result.userId,
          ts: result.authenticatedAt,
          ...(result.acr !== undefined && { acr: result.acr }),
          ...(result.amr !== undefined && { amr: [...result.amr] }),
        },
        select_account: {},
      }
    case 'consent':
      return { consent: { grantId: await grantMissing(provider, interaction) } }
    case 'error':
      return { error: result.error, error_description: DESCRIPTIONS[result.error] }
  }
}

const FORM_PAGE_POLICY = "default-src 'none'; script-src; frame-ancestors 'none'; base-uri 'none'"

const DESCRIPTIONS = {
  access_denied: 'The user did not allow it.',
  temporarily_unavailable: 'The login could not be finished now.',
  server_error: 'The provider does not complete logins of this vault.',
} as const

/** Adds to the user's grant what the consent page showed as missing, and nothing else. */
async function grantMissing(provider: Provider, interaction: OidcInteraction): Promise<string> {
  const { grantId, session, params } = interaction
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const accountId = session?.accountId
  if (accountId === undefined) throw new errors.SessionNotFound('nobody is logged in')
  const grant = known ?? new provider.Grant({ accountId, clientId: textOf(params['client_id']) })
  const { missing } = toInteraction('', interaction)
  if (missing.scopes.length > 0) grant.addOIDCScope(missing.scopes.join(' '))
  for (const { identifier, scopes } of missing.apis) {
    grant.addResourceScope(identifier, scopes.join(' '))
  }
  return await grant.save()
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
