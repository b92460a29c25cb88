import type { RouteHandler } from '../request-context.ts'

/** `GET /healthz`: the process answers. */
export function livenessRoute(): RouteHandler {
  return async () => Response.json({ status: 'ok' })
}

/** `GET /readyz`: the store and the keys can be used, and the vault is not stopping. */
export function readinessRoute({
  isReady,
}: {
  readonly isReady: () => Promise<boolean>
}): RouteHandler {
  return async () =>
    (await isReady())
      ? Response.json({ status: 'ready' })
      : Response.json({ status: 'not_ready' }, { status: 503, headers: { 'retry-after': '5' } })
}
