import type { ConnectionToken } from './connection-token.ts'

/** What to look for: the token and the forms in which it may have been encoded. */
export type Needles = readonly string[]

/** A value without live tokens, and whether any was found. */
export interface Redacted<Value> {
  readonly value: Value
  readonly found: boolean
}

const mark = '[redacted]'
/** A shorter text would be found by chance; no provider issues such tokens. */
const shortestToken = 8
const maxScannedCharacters = 1_048_576
const maxDepth = 64

const needlesOfToken = new WeakMap<ConnectionToken, Needles>()

/** The needles of a token, made once per token. */
export function needlesOf(token: ConnectionToken): Needles {
  let needles = needlesOfToken.get(token)
  if (needles === undefined) {
    needles = makeNeedles(token.token.reveal())
    needlesOfToken.set(token, needles)
  }
  return needles
}

/**
 * Replaces live tokens in strings, arrays and plain objects, up to 1 MiB of text. Copies only what
 * it changes. Class instances and streams pass as they are.
 */
export function redactValue<Value>(value: Value, needles: Needles): Redacted<Value> {
  if (needles.length === 0 || (typeof value !== 'string' && !isContainer(value, false))) {
    return { value, found: false }
  }
  const scan: Scan = { needles, intoInstances: false, left: maxScannedCharacters, found: false }
  const clean = walk(value, scan, [])
  // Same shape as before: only the text of strings differs.
  return { value: scan.found ? (clean as Value) : value, found: scan.found }
}

/**
 * Replaces live tokens in a thrown value: message, stack, causes, aggregated errors, and whatever a
 * library has hung on the error (a request with its headers, say), which is replaced by a plain
 * copy. The error keeps its identity where it can be changed.
 */
export function redactError(error: unknown, needles: Needles): Redacted<unknown> {
  if (needles.length === 0) return { value: error, found: false }
  const scan: Scan = { needles, intoInstances: true, left: maxScannedCharacters, found: false }
  const value = cleanThrown(error, scan, [])
  return { value, found: scan.found }
}

interface Scan {
  readonly needles: Needles
  readonly intoInstances: boolean
  left: number
  found: boolean
}

function cleanThrown(error: unknown, scan: Scan, path: readonly object[]): unknown {
  if (!(error instanceof Error)) return walk(error, scan, path)
  if (path.includes(error) || path.length >= maxDepth) return error
  const below = [...path, error]
  const changes = new Map<string, unknown>()
  for (const name of new Set(['message', 'stack', 'cause', ...Object.keys(error)])) {
    const before: unknown = Reflect.get(error, name)
    const after = cleanThrown(before, scan, below)
    if (after !== before) changes.set(name, after)
  }
  if (error instanceof AggregateError) {
    const errors = error.errors.map((inner: unknown) => cleanThrown(inner, scan, below))
    if (errors.some((inner, index) => inner !== error.errors[index])) changes.set('errors', errors)
  }
  if (changes.size === 0) return error
  try {
    for (const [name, value] of changes) {
      const enumerable = Object.prototype.propertyIsEnumerable.call(error, name)
      Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true })
    }
    return error
  } catch {
    // Frozen: an error that says the same, without the token.
    const { name } = error
    const message = changes.get('message')
    const copy = new Error(typeof message === 'string' ? message : error.message, {
      cause: changes.get('cause') ?? error.cause,
    })
    copy.name = name
    return copy
  }
}

function walk(value: unknown, scan: Scan, path: readonly object[]): unknown {
  if (typeof value === 'string') return cleanText(value, scan)
  if (!isContainer(value, scan.intoInstances)) return value
  if (scan.left <= 0 || path.length >= maxDepth || path.includes(value)) return value
  const below = [...path, value]
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    let copy: unknown[] | undefined
    for (const [index, item] of items.entries()) {
      const clean = scan.intoInstances ? cleanThrown(item, scan, below) : walk(item, scan, below)
      if (clean === item) continue
      copy ??= [...items]
      copy[index] = clean
    }
    return copy ?? value
  }
  return walkObject(value, scan, below)
}

function walkObject(value: object, scan: Scan, below: readonly object[]): object {
  let changes: Map<string, { readonly name: string; readonly item: unknown }> | undefined
  for (const name of Object.keys(value)) {
    const before: unknown = Reflect.get(value, name)
    const cleanName = cleanText(name, scan)
    const item = scan.intoInstances ? cleanThrown(before, scan, below) : walk(before, scan, below)
    if (item === before && cleanName === name) continue
    changes ??= new Map()
    changes.set(name, { name: cleanName, item })
  }
  if (changes === undefined) return value
  const copy: object = Object.getPrototypeOf(value) === null ? Object.create(null) : {}
  for (const name of Object.keys(value)) {
    const change = changes.get(name) ?? { name, item: Reflect.get(value, name) }
    // Defined, not assigned, so that a field named "__proto__" stays a field.
    Object.defineProperty(copy, change.name, {
      value: change.item,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return copy
}

function cleanText(text: string, scan: Scan): string {
  if (scan.left <= 0) return text
  scan.left -= text.length
  if (text.length < shortestToken) return text
  let clean = text
  for (const needle of scan.needles) {
    if (clean.includes(needle)) {
      clean = clean.replaceAll(needle, mark)
      scan.found = true
    }
  }
  return clean
}

function isContainer(value: unknown, intoInstances: boolean): value is object {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (intoInstances || Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function makeNeedles(token: string): Needles {
  if (token.length < shortestToken) return []
  const encoded = encodeURIComponent(token)
  const forms = [token, encoded, encoded.toLowerCase(), JSON.stringify(token).slice(1, -1)]
  return [...new Set([...forms, ...base64Forms(token)])]
}

/**
 * A token inside a longer base64 text (`Basic`, a data URL) starts at any of three offsets: per
 * offset, the characters that depend on the token alone; in both alphabets.
 */
function base64Forms(token: string): readonly string[] {
  const bytes = new TextEncoder().encode(token)
  const cores = [0, 1, 2].map((offset) => {
    const padded = new Uint8Array(offset + bytes.length)
    padded.set(bytes, offset)
    const text = btoa(String.fromCharCode(...padded))
    const end = Math.floor((padded.length * 8) / 6)
    return text.slice(Math.ceil((offset * 8) / 6), end)
  })
  return cores
    .filter((core) => core.length >= shortestToken)
    .flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')])
}
