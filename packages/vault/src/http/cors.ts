import { type Client, isConfidential } from '../domain/client.ts'

/** Headers that a script may send along (preflight). */
const REQUEST_HEADERS = 'Authorization, DPoP, Content-Type, Auth0-Client'
/** Headers of an answer that a script may read. */
const EXPOSED_HEADERS =
  'DPoP-Nonce, WWW-Authenticate, Location, Retry-After, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset'
/** How long a browser may keep a preflight's answer: an origin that was taken away is gone after that. */
const PREFLIGHT_SECONDS = 300

/** Whether scripts of an origin may call the vault: an origin of any public client (R26). */
export type IsScriptOrigin = (origin: string) => Promise<boolean>

/** Whether it is a question of a browser's own, before a script's request (Fetch standard, section 3.3.2). */
export function isPreflight({ method, headers }: Request): boolean {
  return (
    method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
  )
}

/** Says what a script of this origin may send: to an origin that may send nothing, nothing. */
export async function allowScriptRequests(
  headers: Headers,
  {
    request,
    methods,
    isScriptOrigin,
  }: {
    readonly request: Request
    readonly methods: readonly string[]
    readonly isScriptOrigin: IsScriptOrigin
  },
): Promise<void> {
  headers.append('vary', 'Origin')
  const origin = request.headers.get('origin')
  if (origin === null || !(await isScriptOrigin(origin))) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-allow-methods', methods.join(', '))
  headers.set('access-control-allow-headers', REQUEST_HEADERS)
  headers.set('access-control-max-age', String(PREFLIGHT_SECONDS))
}

/**
 * Lets a script read an answer, if it is of an origin that may (R26). A request that turned out to be of some client is
 * answered to that client's own origins, and a confidential client has none. No credentials: no cookie counts here.
 */
export async function shareWithScripts(
  headers: Headers,
  {
    request,
    client,
    isScriptOrigin,
  }: {
    readonly request: Request
    readonly client: Client | undefined
    readonly isScriptOrigin: IsScriptOrigin
  },
): Promise<void> {
  headers.append('vary', 'Origin')
  const origin = request.headers.get('origin')
  if (origin === null) return
  const mayRead =
    client === undefined
      ? await isScriptOrigin(origin)
      : !isConfidential(client) && client.origins.includes(origin)
  if (!mayRead) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', EXPOSED_HEADERS)
}
