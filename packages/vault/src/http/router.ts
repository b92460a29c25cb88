import { Hono } from 'hono'

import type { Client } from '../domain/client.ts'
import { randomText } from '../domain/random-text.ts'
import type { Logger } from '../ports/logger.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { Runtime } from '../ports/runtime.ts'
import { clientAddress } from './client-address.ts'
import { allowScriptRequests, type IsScriptOrigin, isPreflight, shareWithScripts } from './cors.ts'
import type { RequestContext, RouteHandler } from './request-context.ts'
import { createSecurityHeaders } from './security-headers.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Exact, case and trailing slash included; `:name` stands for one segment. */
  readonly path: string
  readonly handle: RouteHandler
  /** Whether `HEAD` is answered like `GET`. Default: refused, since a link preview must not redeem anything. */
  readonly head?: 'answered' | undefined
  readonly refusals?: RefusalLimit | undefined
  /** Whether scripts in browsers may call it, from origins of public clients (R26). Default: no. */
  readonly scripts?: 'answered' | undefined
}

/**
 * For what anybody may open. Only requests that lead nowhere (4xx) are counted, by the caller's address; beyond the
 * limit they are told to wait. What leads somewhere is never held up: nobody can lock out others behind one address.
 */
export interface RefusalLimit {
  readonly limiter: RateLimiter
  /** The answer then; it gets its `Retry-After` from the router. */
  readonly tooMany: () => Promise<Response>
}

export interface RouterDependencies {
  readonly routes: readonly Route[]
  readonly issuer: string
  readonly runtime: Pick<Runtime, 'randomBytes'>
  /** Seconds with fractions, from any origin: only differences are used. */
  readonly monotonicNow: () => number
  readonly logger: Logger
  /** Proxies in front that append to `X-Forwarded-For`. */
  readonly trustedHops: number
  /** Default: none is. */
  readonly isScriptOrigin?: IsScriptOrigin | undefined
  /** From then on nothing is begun any more. Default: never. */
  readonly isStopping?: (() => boolean) | undefined
}

export interface Router {
  /** Answers every request, failures of our own included; never rejects. */
  fetch(request: Request, info: { readonly peerAddress: string | undefined }): Promise<Response>
}

const STOPPING_RETRY_SECONDS = 1

const noOrigin: IsScriptOrigin = async () => false

interface Bindings {
  readonly context: Omit<RequestContext, 'pathParameters' | 'answersTo'>
  /** Set by the route that was found: the log names it instead of the path, which is the caller's text. */
  matchedPath?: string
  /** What scripts may do at this path; none at most paths. */
  scriptMethods?: readonly string[]
  /** Whose request it turned out to be. */
  client?: Client
}

/** Leads requests to routes, and does for all of them what none may forget: headers, ids, limits, the log, the last catch. */
export function createRouter(dependencies: RouterDependencies): Router {
  const { issuer, runtime, monotonicNow, logger, trustedHops, isStopping } = dependencies
  const { isScriptOrigin = noOrigin } = dependencies
  const app = mount(dependencies)
  const addSecurityHeaders = createSecurityHeaders({ issuer })
  let hasWarnedOfProxy = false

  return {
    fetch: async (request, { peerAddress }) => {
      const startedAt = monotonicNow()
      const requestId = randomText(runtime.randomBytes, 22)
      const forwardedFor = request.headers.get('x-forwarded-for')
      const bindings: Bindings = {
        context: {
          requestId,
          remoteAddress: clientAddress({ peerAddress, forwardedFor, trustedHops }),
        },
      }
      if (trustedHops === 0 && forwardedFor !== null && !hasWarnedOfProxy) {
        hasWarnedOfProxy = true
        logger.warn(
          'X-Forwarded-For arrived and is ignored. If a proxy is in front, set proxy.trustedHops: without it limits take all callers for one',
          { requestId, code: 'proxy_not_trusted' },
        )
      }
      const fail = (error: unknown): Response => {
        logger.error('request failed', { requestId, error })
        return serverError(requestId)
      }
      let response: Response
      try {
        response = isStopping?.() === true ? stopping() : await app.fetch(request, bindings)
      } catch (error) {
        response = fail(error)
      }
      try {
        addSecurityHeaders(response.headers, { requestId })
        await addScriptHeaders(response.headers, { request, isScriptOrigin, ...bindings })
      } catch (error) {
        response = fail(error)
        addSecurityHeaders(response.headers, { requestId })
      }
      logger.info('request', {
        requestId,
        method: request.method,
        path: bindings.matchedPath,
        status: response.status,
        durationSeconds: Math.round((monotonicNow() - startedAt) * 1e6) / 1e6,
      })
      return response
    },
  }
}

/** For scripts of other origins (R26): whether they may ask, and whether they may read the answer. */
async function addScriptHeaders(
  headers: Headers,
  {
    request,
    scriptMethods: methods = [],
    client,
    isScriptOrigin,
  }: Pick<Bindings, 'scriptMethods' | 'client'> & {
    readonly request: Request
    readonly isScriptOrigin: IsScriptOrigin
  },
): Promise<void> {
  if (methods.length === 0) return
  await (isPreflight(request)
    ? allowScriptRequests(headers, { request, methods, isScriptOrigin })
    : shareWithScripts(headers, { request, client, isScriptOrigin }))
}

function mount({ routes, logger }: RouterDependencies): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>()
  // Hono would answer with the message of the error.
  app.onError((error) => {
    throw error
  })
  app.notFound(() =>
    Response.json(
      { error: 'not_found', error_description: 'There is nothing at this path.' },
      { status: 404 },
    ),
  )

  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      context.env.matchedPath = route.path
      context.env.scriptMethods = scriptMethodsOf(routes, route.path)
      if (context.req.method === 'HEAD' && route.head === undefined) {
        return methodNotAllowed(routes, route.path)
      }
      const requestContext: RequestContext = {
        ...context.env.context,
        pathParameters: context.req.param(),
        answersTo: (client) => {
          context.env.client = client
        },
      }
      const response = await route.handle(context.req.raw, requestContext)
      const isRefused = response.status >= 400 && response.status < 500
      if (!isRefused || route.refusals === undefined) return response
      const { limiter, tooMany } = route.refusals
      const wait = await limiter.take(requestContext.remoteAddress ?? 'unknown')
      if (wait === undefined) return response
      logger.warn('too many refused requests', {
        requestId: requestContext.requestId,
        path: route.path,
      })
      const answer = await tooMany()
      answer.headers.set('retry-after', String(Math.ceil(wait)))
      return answer
    })
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, (context) => {
      context.env.matchedPath = path
      const methods = scriptMethodsOf(routes, path)
      context.env.scriptMethods = methods
      return methods.length > 0 && isPreflight(context.req.raw)
        ? new Response(null, { status: 204 })
        : methodNotAllowed(routes, path)
    })
  }
  return app
}

function scriptMethodsOf(routes: readonly Route[], path: string): readonly string[] {
  return routes
    .filter((route) => route.path === path && route.scripts === 'answered')
    .map(({ method }) => method)
}

/** RFC 9110 section 15.5.6: says what is allowed instead. */
function methodNotAllowed(routes: readonly Route[], path: string): Response {
  const allow = routes
    .filter((route) => route.path === path)
    .flatMap(({ method, head }) => (head === 'answered' ? [method, 'HEAD'] : [method]))
    .join(', ')
  return Response.json(
    { error: 'method_not_allowed', error_description: `This path takes ${allow}.` },
    { status: 405, headers: { allow } },
  )
}

/** To be asked again: whatever takes over answers then. */
function stopping(): Response {
  return Response.json(
    { error: 'temporarily_unavailable', error_description: 'The vault is stopping.' },
    { status: 503, headers: { 'retry-after': String(STOPPING_RETRY_SECONDS) } },
  )
}

/** A failure of ours says nothing of itself but the id under which the log has it. */
function serverError(requestId: string): Response {
  return Response.json(
    {
      error: 'server_error',
      error_description: 'The vault failed. Its operator finds the reason under the request id.',
      request_id: requestId,
    },
    { status: 500 },
  )
}
