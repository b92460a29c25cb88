import type { ConnectInterrupt } from './interrupt.ts'

/**
 * The link to the app's connect route for one interrupt: the route with `connection`, `scopes` (one
 * a scope) and the authorization parameters in its query. It holds nothing secret and does not
 * expire, so it may stay in a saved chat.
 */
export function connectUrlFor(
  route: string,
  interrupt: Pick<ConnectInterrupt, 'connection' | 'requiredScopes' | 'authorizationParams'>,
): string {
  const query = new URLSearchParams({ connection: interrupt.connection })
  for (const scope of interrupt.requiredScopes) query.append('scopes', scope)
  for (const [name, value] of Object.entries(interrupt.authorizationParams ?? {})) {
    if (name !== 'connection' && name !== 'scopes') query.append(name, value)
  }
  const [beforeFragment = '', fragment] = route.split('#', 2)
  const separator = beforeFragment.includes('?') ? '&' : '?'
  return `${beforeFragment}${separator}${query}${fragment === undefined ? '' : `#${fragment}`}`
}
