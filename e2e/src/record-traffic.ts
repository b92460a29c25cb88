/** A request of this process and its answer. */
export interface RecordedExchange {
  readonly url: string
  readonly method: string
  readonly requestHeaders: Headers
  readonly requestBody: string
  readonly status: number
  readonly responseHeaders: Headers
  readonly responseBody: string
}

/** Records everything that goes through the global `fetch`, which works on as before. */
export function recordTraffic(): {
  readonly exchanges: readonly RecordedExchange[]
  readonly stop: () => void
} {
  const exchanges: RecordedExchange[] = []
  const original = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const requestBody = await request.clone().text()
    const response = await original(request)
    exchanges.push({
      url: request.url,
      method: request.method,
      requestHeaders: request.headers,
      requestBody,
      status: response.status,
      responseHeaders: response.headers,
      responseBody: await response.clone().text(),
    })
    return response
  }
  return {
    exchanges,
    stop: () => {
      globalThis.fetch = original
    },
  }
}

/** What is secret wherever it travels, in queries, forms, JSON and hidden inputs. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'access_token',
  'actor_token',
  'auth_session',
  'client_secret',
  'code_verifier',
  'connect_code',
  'form_token',
  'id_token',
  'refresh_token',
  'subject_token',
  'ticket',
])

/** What is secret in a query; elsewhere, things that are none have these names, too. */
const SECRET_QUERY_NAMES: ReadonlySet<string> = new Set([...SECRET_NAMES, 'code', 'state'])

/** Shorter values are no secrets of anybody, and would be found by chance. */
const SHORTEST_SECRET = 16

/** The values of all secrets that were in the traffic, with the name each travelled under. */
export function secretsOfTraffic(
  exchanges: readonly RecordedExchange[],
): readonly { readonly name: string; readonly value: string }[] {
  const found = new Map<string, string>()
  const keep = (name: string, value: string): void => {
    if (value.length >= SHORTEST_SECRET && !found.has(value)) found.set(value, name)
  }
  const keepNamed = (entries: Iterable<readonly [string, string]>, names = SECRET_NAMES): void => {
    for (const [name, value] of entries) if (names.has(name)) keep(name, value)
  }
  for (const exchange of exchanges) {
    const { url, requestHeaders, requestBody, responseHeaders, responseBody } = exchange
    keepNamed(new URL(url).searchParams, SECRET_QUERY_NAMES)
    const location = responseHeaders.get('location')
    if (location !== null) keepNamed(new URL(location, url).searchParams, SECRET_QUERY_NAMES)
    keepNamed(bodyEntries(requestBody))
    keepNamed(bodyEntries(responseBody))
    for (const cookie of responseHeaders.getSetCookie()) {
      keep('cookie', cookie.split(';', 1)[0]?.split('=').slice(1).join('=') ?? '')
    }
    const [, bearer] = /^Bearer (.+)$/.exec(requestHeaders.get('authorization') ?? '') ?? []
    if (bearer !== undefined) keep('bearer', bearer)
  }
  return [...found].map(([value, name]) => ({ name, value }))
}

function bodyEntries(body: string): readonly (readonly [string, string])[] {
  if (body.startsWith('{')) return jsonEntries(JSON.parse(body))
  if (!body.startsWith('<')) return [...new URLSearchParams(body)]
  return [...body.matchAll(/name="([a-z_]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
}

function jsonEntries(value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'string' ? [[name, member] as const] : jsonEntries(member),
  )
}
