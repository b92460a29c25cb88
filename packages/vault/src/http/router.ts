import { Hono } from 'hono'

import { randomText } from '../domain/random-text.ts'
import type { Logger } from '../ports/logger.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { Runtime } from '../ports/runtime.ts'
import { clientAddress } from './client-address.ts'
import type { RequestContext, RouteHandler } from './request-context.ts'
import { addSecurityHeaders } from './security-headers.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Exact, case and trailing slash included; `:name` stands for one segment. */
  readonly path: string
  readonly handle: RouteHandler
  /** Whether `HEAD` is answered like `GET`. Default: refused, since a link preview must not redeem anything. */
  readonly head?: 'answered' | undefined
  /** Counts the requests of each caller's address; whoever is over the limit waits. */
  readonly limiter?: RateLimiter | undefined
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
}

export interface Router {
  /** Answers every request, failures of our own included; never rejects. */
  fetch(request: Request, info: { readonly peerAddress: string | undefined }): Promise<Response>
}

interface Bindings {
  readonly context: Omit<RequestContext, 'pathParameters'>
  /** Set by the route that was found: the log names it instead of the path, which is the caller's text. */
  matchedPath?: string
}

/** Leads requests to routes, and does for all of them what none may forget: headers, ids, limits, the log, the last catch. */
export function createRouter(dependencies: RouterDependencies): Router {
  const { issuer, runtime, monotonicNow, logger, trustedHops } = dependencies
  const app = mount(dependencies)

  return {
    fetch: async (request, { peerAddress }) => {
      const startedAt = monotonicNow()
      const requestId = randomText(runtime.randomBytes, 22)
      const bindings: Bindings = {
        context: {
          requestId,
          remoteAddress: clientAddress({
            peerAddress,
            forwardedFor: request.headers.get('x-forwarded-for'),
            trustedHops,
          }),
        },
      }
      let response: Response
      try {
        response = await app.fetch(request, bindings)
        addSecurityHeaders(response.headers, { issuer, requestId })
      } catch (error) {
        logger.error('request failed', { requestId, error })
        response = serverError(requestId)
        addSecurityHeaders(response.headers, { issuer, requestId })
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
      if (context.req.method === 'HEAD' && route.head === undefined) {
        return methodNotAllowed(routes, route.path)
      }
      const requestContext: RequestContext = {
        ...context.env.context,
        pathParameters: context.req.param(),
      }
      const wait = await route.limiter?.take(requestContext.remoteAddress ?? 'unknown')
      if (wait !== undefined) {
        logger.warn('too many requests', { requestId: requestContext.requestId, path: route.path })
        return tooManyRequests(wait)
      }
      return route.handle(context.req.raw, requestContext)
    })
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, (context) => {
      context.env.matchedPath = path
      return methodNotAllowed(routes, path)
    })
  }
  return app
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

function tooManyRequests(retryAfterSeconds: number): Response {
  return Response.json(
    { error: 'temporarily_unavailable', error_description: 'Too many requests. Try again later.' },
    { status: 429, headers: { 'retry-after': String(Math.ceil(retryAfterSeconds)) } },
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
