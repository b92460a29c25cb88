import type { JsonObject } from './reply.ts'

/** A request whose body was read. */
export interface Incoming {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  /** Query and body, each name once. A nested value is JSON text. */
  readonly parameters: Readonly<Record<string, string>>
  readonly bodyKind: 'none' | 'form' | 'json'
  /** The JSON body, or the form's fields. */
  readonly body: JsonObject
}

/** What was read, or why nothing was. */
export type IncomingResult =
  | { readonly ok: true; readonly incoming: Incoming }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly problem: string }

/** No honest request to a token endpoint or to these APIs is larger. */
const BODY_LIMIT_BYTES = 65_536

/** Reads a request: any body, never more than 64 KiB of it. */
export async function readIncoming(request: Request): Promise<IncomingResult> {
  const url = new URL(request.url)
  const query = onceEach(url.searchParams)
  if (query === undefined) return malformed('A query parameter is repeated.')
  const base = { method: request.method, path: url.pathname, headers: request.headers }
  if (request.body === null) {
    return { ok: true, incoming: { ...base, parameters: query, bodyKind: 'none', body: {} } }
  }

  const bytes = await readAtMost(request.body, BODY_LIMIT_BYTES)
  if (bytes === undefined) {
    return { ok: false, status: 413, problem: `The body is larger than ${BODY_LIMIT_BYTES} bytes.` }
  }
  const text = new TextDecoder().decode(bytes)
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (text === '') {
    return { ok: true, incoming: { ...base, parameters: query, bodyKind: 'none', body: {} } }
  }
  if (type === 'application/x-www-form-urlencoded') {
    const form = onceEach(new URLSearchParams(text))
    if (form === undefined) return malformed('A parameter is repeated.')
    const parameters = { ...query, ...form }
    return { ok: true, incoming: { ...base, parameters, bodyKind: 'form', body: form } }
  }
  if (type === 'application/json') {
    const json = parseObject(text)
    if (json === undefined) return malformed('The body is not a JSON object.')
    const parameters = { ...query, ...asText(json) }
    return { ok: true, incoming: { ...base, parameters, bodyKind: 'json', body: json } }
  }
  return {
    ok: false,
    status: 415,
    problem: 'The body must be application/x-www-form-urlencoded or application/json.',
  }
}

/** The bearer token of a request, RFC 6750 section 2.1. */
export function bearerOf(headers: Headers): string | undefined {
  return /^(?:bearer|token) +([\x21-\x7e]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
}

/** Name and password of HTTP Basic, decoded as RFC 6749 section 2.3.1 wants. */
export function basicOf(
  headers: Headers,
): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  const name = formDecoded(text.slice(0, colon))
  const password = formDecoded(text.slice(colon + 1))
  return name === undefined || password === undefined ? undefined : { name, password }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // A broken percent sequence: not what the RFC allows, so no credentials.
    return undefined
  }
}

function malformed(problem: string): IncomingResult {
  return { ok: false, status: 400, problem }
}

/** RFC 6749 section 3.2: parameters must not be included more than once. */
function onceEach(parameters: URLSearchParams): Record<string, string> | undefined {
  const names = [...parameters.keys()]
  return new Set(names).size === names.length ? Object.fromEntries(parameters) : undefined
}

async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > limitBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseObject(text: string): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Said to the caller as "not a JSON object".
    return undefined
  }
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asText(json: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}
