import { Hono } from 'hono'
import { apiRoute, type ApiRoute, type ProviderApis } from './apis/api.ts'
import { apisByProvider } from './apis/apis-by-provider.ts'
import { plainApis, refusePlainly } from './apis/plain-api.ts'
import { accountReply, openIdUserinfo } from './apis/userinfo.ts'
import { localPath } from './emulated-definition.ts'
import type { EmulatedProvider, Emulation } from './emulation.ts'
import { homePage } from './pages/home-page.ts'
import { jsonReply, toResponse } from './reply.ts'
import { authorizeRoute, consentRoute } from './routes/authorize-route.ts'
import { addControlRoutes } from './routes/control-routes.ts'
import { discoveryRoute, jwksRoute } from './routes/discovery-routes.ts'
import { revokeRoute } from './routes/revoke-route.ts'
import { tokenRoute } from './routes/token-route.ts'

/** Every route of the emulator: `/{provider id}/{the provider's own path}`, and its own under `/_emulator`. */
export function createEmulatorApp(emulation: Emulation, controlToken: string | undefined): Hono {
  const app = new Hono()
  app.get('/', () => toResponse(homePage(emulation)))
  addControlRoutes(app, emulation, controlToken)
  for (const provider of emulation.providers.values()) addProviderRoutes(app, emulation, provider)
  app.notFound(() => toResponse(jsonReply({ error: 'not_found' }, 404)))
  app.onError((error) =>
    toResponse(jsonReply({ error: 'emulator_error', error_description: error.message }, 500)),
  )
  return app
}

function addProviderRoutes(app: Hono, emulation: Emulation, provider: EmulatedProvider): void {
  const { catalog } = provider
  const at = (url: string): string => localPath(provider.id, url)
  const add = (
    method: string,
    path: string,
    handle: (request: Request) => Promise<Response>,
  ): void => {
    app.on(method, path, (context) => handle(context.req.raw))
  }

  add('GET', at(catalog.authorizationEndpoint), authorizeRoute(emulation, provider))
  add('POST', `/${provider.id}/emulator/consent`, consentRoute(emulation, provider))
  add('POST', at(catalog.tokenEndpoint), tokenRoute(emulation, provider))
  if (catalog.revocation !== undefined) {
    const method = catalog.revocation.style === 'delete_json_with_basic' ? 'DELETE' : 'POST'
    const path = at(catalog.revocation.endpoint).replace('{client_id}', ':clientId')
    add(method, path, revokeRoute(emulation, provider, catalog.revocation))
  }
  if (catalog.issuer !== undefined && catalog.jwksUri !== undefined) {
    const issuerPath = at(catalog.issuer).replace(/\/$/, '')
    add(
      'GET',
      `${issuerPath}/.well-known/openid-configuration`,
      discoveryRoute(emulation, provider),
    )
    add('GET', at(catalog.jwksUri), jwksRoute(emulation, provider))
  }
  addApis(provider, (apis, route, logged) => {
    add(
      route.method,
      `/${provider.id}${route.path}`,
      apiRoute(emulation, provider, apis, route, logged),
    )
  })
}

/** The account's own endpoint first: it is logged as `userinfo`, also where the provider's API holds it too. */
function addApis(
  { id, catalog }: EmulatedProvider,
  add: (apis: ProviderApis, route: ApiRoute, logged: 'api' | 'userinfo') => void,
): void {
  const own = apisByProvider[id]
  const refuse = own?.refuse ?? refusePlainly
  const { identity } = catalog
  if (identity.source === 'userinfo') {
    const path = localPath(id, identity.endpoint).slice(id.length + 1)
    const existing = own?.routes.find((route) => route.method === 'GET' && route.path === path)
    const route: ApiRoute = existing ?? {
      method: 'GET',
      path,
      handle: (call) => accountReply(call, identity),
    }
    add({ routes: [], refuse }, route, 'userinfo')
  }
  if (catalog.issuer !== undefined) {
    add({ routes: [], refuse }, openIdUserinfo('/userinfo'), 'userinfo')
  }
  for (const apis of [own, plainApis]) {
    for (const route of apis?.routes ?? []) {
      const isUserinfo = route.path.endsWith('/userinfo')
      add({ routes: [], refuse }, route, isUserinfo ? 'userinfo' : 'api')
    }
  }
}
