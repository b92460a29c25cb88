import { parseStrictJson } from '../domain/parse-strict-json.ts'
import { accept, refuse, type Result } from '../domain/result.ts'

/** What a request to an OAuth endpoint carries: each parameter once, `resource` and `audience` perhaps more often. */
export interface Parameters {
  /** The value of a parameter; `undefined` when it is absent or empty (RFC 6749 section 3.2). */
  get(name: string): string | undefined
  /** All values of a parameter that may be repeated. */
  getAll(name: string): readonly string[]
  readonly names: readonly string[]
}

export type ParameterRefusal =
  | { readonly reason: 'unsupported_media_type' }
  | { readonly reason: 'body_too_large' }
  | { readonly reason: 'malformed_body' }
  | { readonly reason: 'repeated_parameter' }

/** Larger bodies are not read to their end (RV-02). */
const MAX_BODY_BYTES = 56 * 1024
const MAX_PARAMETERS = 100

const REPLACEMENT = '\ufffd'

/** RFC 8693 section 2.1 allows these more than once; nothing else may be (RFC 6749 section 3.2). */
const REPEATABLE: readonly string[] = ['resource', 'audience']

/** Whether one member of a JSON body has a form that a form body could have (RV-02). */
type JsonMember = string | readonly string[]

/**
 * Reads the parameters of a form or JSON body (RV-02, RV-03). The query string is not looked at: credentials in it
 * would end in logs (RFC 9700 section 4.3.2).
 */
export async function readParameters(
  request: Request,
): Promise<Result<Parameters, ParameterRefusal>> {
  const mediaType = mediaTypeOf(request.headers.get('content-type'))
  if (mediaType === undefined) return refuse({ reason: 'unsupported_media_type' })
  const body = await readBody(request)
  if (!body.ok) return body
  const pairs = mediaType === 'form' ? readForm(body.value) : readJson(body.value)
  if (pairs === undefined || pairs.length > MAX_PARAMETERS) {
    return refuse({ reason: 'malformed_body' })
  }
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else if (REPEATABLE.includes(name)) known.push(value)
    else return refuse({ reason: 'repeated_parameter' })
  }
  return accept({
    get: (name) => values.get(name)?.find((value) => value !== ''),
    getAll: (name) => values.get(name)?.filter((value) => value !== '') ?? [],
    names: [...values.keys()],
  })
}

/** Both are UTF-8 by definition, so that another charset would be read wrong. */
function mediaTypeOf(contentType: string | null): 'form' | 'json' | undefined {
  const [essence = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset)) return undefined
  if (essence === 'application/x-www-form-urlencoded') return 'form'
  return essence === 'application/json' ? 'json' : undefined
}

/** Reads at most {@link MAX_BODY_BYTES}, whatever `Content-Length` says or leaves open. */
async function readBody(request: Request): Promise<Result<string, ParameterRefusal>> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) {
    return refuse({ reason: 'body_too_large' })
  }
  let text: string | undefined
  try {
    // With a length the server has held the sender to it, and the text comes in one piece.
    text = declared === null ? await readChunks(request) : await request.text()
  } catch {
    // No UTF-8, or a sender that went away: either way there is nothing to answer to.
    return refuse({ reason: 'malformed_body' })
  }
  if (text === undefined || text.length > MAX_BODY_BYTES)
    return refuse({ reason: 'body_too_large' })
  // `text()` has turned what was no UTF-8 into this character, which no parameter of ours has.
  return text.includes(REPLACEMENT) ? refuse({ reason: 'malformed_body' }) : accept(text)
}

/** `undefined` when there is more than may be read. */
async function readChunks(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for await (const chunk of chunksOf(request)) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Whoever stops reading lets go of the rest.
    await reader.cancel()
  }
}

function readForm(text: string): readonly (readonly [string, string])[] | undefined {
  const pairs = [...new URLSearchParams(text)]
  // Percent-encoded bytes that are no UTF-8.
  return pairs.some((pair) => pair.join('').includes(REPLACEMENT)) ? undefined : pairs
}

function readJson(text: string): readonly (readonly [string, string])[] | undefined {
  const value = parseStrictJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const members = Object.entries(value)
  if (!members.every(isParameter)) return undefined
  return members.flatMap(([name, member]) =>
    typeof member === 'string'
      ? [[name, member] as const]
      : member.map((element) => [name, element] as const),
  )
}

function isParameter(member: [string, unknown]): member is [string, JsonMember] {
  const [name, value] = member
  if (name === '__proto__') return false
  if (typeof value === 'string') return true
  if (!REPEATABLE.includes(name) || !Array.isArray(value)) return false
  return value.every((element) => typeof element === 'string')
}
