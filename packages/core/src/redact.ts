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
const maxDepth = 200
/** An HTTP library's error may hold sockets and agents: enough is enough. */
const maxObjectsOfError = 5_000
/** Rows of a database hold a class instance or two each (an id, a decimal). */
const maxInstancesOfResult = 20_000

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
 * Replaces live tokens in strings, arrays, objects and errors, up to 1 MiB of text. Copies only what
 * it changes. A class instance that would show a token as JSON becomes plain data; any other, and a
 * stream, passes as it is.
 */
export function redactValue<Value>(value: Value, needles: Needles): Redacted<Value> {
  if (needles.length === 0) return { value, found: false }
  const { clean, found } = scanWhole(value, needles, 'result')
  // As JSON it has the same shape as before: only the text of strings differs.
  return { value: found ? (clean as Value) : value, found }
}

/**
 * Replaces live tokens in a thrown value: message, stack, causes, aggregated errors, and whatever a
 * library has hung on the error (a request with its headers, say), which is replaced by a plain
 * copy. The error keeps its identity where it can be changed.
 */
export function redactError(error: unknown, needles: Needles): Redacted<unknown> {
  if (needles.length === 0) return { value: error, found: false }
  const { clean, found } = scanWhole(error, needles, 'error')
  return { value: clean, found }
}

const walking = Symbol('walking')

interface Scan {
  readonly needles: Needles
  /** A result may hold a stream for its reader, and as much plain data as it likes. */
  readonly place: 'result' | 'error'
  /** What became of each object, `walking` meanwhile: each is walked once. */
  done: Map<object, unknown> | undefined
  /** A loop leads from a copy back to the original, token and all: then loops are cut. */
  readonly loops: 'follow' | 'cut'
  hasLoop: boolean
  charactersLeft: number
  objectsLeft: number
  found: boolean
}

function scanWhole(
  value: unknown,
  needles: Needles,
  place: Scan['place'],
): { readonly clean: unknown; readonly found: boolean } {
  const scan = startScan(needles, place, 'follow')
  const clean = walk(value, scan, 0)
  if (!scan.found || !scan.hasLoop) return { clean, found: scan.found }
  return { clean: walk(value, startScan(needles, place, 'cut'), 0), found: true }
}

function startScan(needles: Needles, place: Scan['place'], loops: Scan['loops']): Scan {
  return {
    needles,
    place,
    loops,
    done: undefined,
    hasLoop: false,
    charactersLeft: maxScannedCharacters,
    objectsLeft: place === 'result' ? maxInstancesOfResult : maxObjectsOfError,
    found: false,
  }
}

function walk(value: unknown, scan: Scan, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value, scan)
  if (!isObject(value)) return value
  const isInstance = !isPlain(value)
  if (isInstance && scan.place === 'result' && isStream(value)) return value
  const known = scan.done?.get(value)
  if (known === walking) {
    scan.hasLoop ||= !(value instanceof Error) // an error is changed in place
    return scan.loops === 'cut' && !(value instanceof Error) ? '[circular]' : value
  }
  if (known !== undefined) return known
  if (depth > maxDepth || scan.charactersLeft <= 0 || scan.objectsLeft <= 0) return value
  if (isInstance || scan.place === 'error') scan.objectsLeft -= 1
  // A flat object needs no memory of what was walked: most results are flat and small.
  if (depth === 0 && !isInstance && isFlat(value)) return walkObject(value, scan, 1)
  scan.done ??= new Map()
  scan.done.set(value, walking)
  const clean = walkObject(value, scan, depth + 1)
  scan.done.set(value, clean)
  return clean
}

function isFlat(value: object): boolean {
  for (const name of Object.keys(value)) {
    const item = readField(value, name)
    if (typeof item === 'object' && item !== null) return false
  }
  return true
}

function walkObject(value: object, scan: Scan, depth: number): unknown {
  if (value instanceof Error) return walkError(value, scan, depth)
  const shown = shownBy(value)
  if (shown === value) return walkItems(value, scan, depth)
  scan.objectsLeft -= 1 // what toJSON() makes may be new each time, and without end
  const clean = isObject(shown) ? walkItems(shown, scan, depth) : walk(shown, scan, depth)
  if (clean !== shown) return clean
  // A log shows the fields of an error's parts, whatever their JSON hides.
  return scan.place === 'error' ? walkItems(value, scan, depth) : value
}

/** What JSON would show of an object, or a serializer that knows the platform's classes. */
function shownBy(value: object): unknown {
  const toJson = readField(value, 'toJSON')
  if (typeof toJson !== 'function') return isPlain(value) ? value : (insideOf(value) ?? value)
  try {
    return Reflect.apply(toJson, value, [''])
  } catch {
    return value // then there is no JSON that could show a token
  }
}

function walkItems(value: object, scan: Scan, depth: number): object {
  return Array.isArray(value) ? walkList(value, scan, depth) : walkFields(value, scan, depth)
}

/** What the platform's own classes hide from a look at their fields. */
function insideOf(value: object): unknown {
  if (value instanceof Headers) return Object.fromEntries(value)
  if (value instanceof URLSearchParams || value instanceof String) return value.toString()
  if (value instanceof Map || value instanceof Set) return [...value]
  if (!(value instanceof Request)) return undefined
  const { method, url, headers } = value
  return { method, url, headers: Object.fromEntries(headers) }
}

function walkList(list: readonly unknown[], scan: Scan, depth: number): readonly unknown[] {
  let copy: unknown[] | undefined
  for (const [index, item] of list.entries()) {
    const clean = walk(item, scan, depth)
    if (clean === item) continue
    copy ??= [...list]
    copy[index] = clean
  }
  return copy ?? list
}

function walkFields(value: object, scan: Scan, depth: number): object {
  let changes: Map<string, readonly [name: string, item: unknown]> | undefined
  for (const name of Object.keys(value)) {
    const before = readField(value, name)
    const cleanName = cleanText(name, scan)
    const item = walk(before, scan, depth)
    if (item === before && cleanName === name) continue
    changes ??= new Map()
    changes.set(name, [cleanName, item])
  }
  if (changes === undefined) return value
  const copy: object = Object.getPrototypeOf(value) === null ? Object.create(null) : {}
  for (const name of Object.keys(value)) {
    const [cleanName, item] = changes.get(name) ?? [name, readField(value, name)]
    // Defined, not assigned, so that a field named "__proto__" stays a field.
    defineField(copy, cleanName, { value: item, enumerable: true })
  }
  return copy
}

function walkError(error: Error, scan: Scan, depth: number): Error {
  const changes = new Map<string, unknown>()
  for (const name of new Set(['message', 'stack', 'cause', 'errors', ...Object.keys(error)])) {
    const before = readField(error, name)
    const after = walk(before, scan, depth)
    if (after !== before) changes.set(name, after)
  }
  if (changes.size === 0) return error
  try {
    for (const [name, value] of changes) {
      const enumerable = Object.prototype.propertyIsEnumerable.call(error, name)
      defineField(error, name, { value, enumerable })
    }
    return error
  } catch {
    // Frozen: an error that says the same, without the token.
    const message = changes.get('message')
    const copy = new Error(typeof message === 'string' ? message : error.message, {
      cause: changes.get('cause') ?? error.cause,
    })
    copy.name = error.name
    return copy
  }
}

function readField(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return undefined // a getter that throws shows nothing
  }
}

function defineField(
  target: object,
  name: string,
  { value, enumerable }: { readonly value: unknown; readonly enumerable: boolean },
): void {
  Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: true })
}

function cleanText(text: string, scan: Scan): string {
  if (scan.charactersLeft <= 0) return text
  scan.charactersLeft -= text.length
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

/** True for what may hold text. Functions, which JSON leaves out, are not looked into. */
function isObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !ArrayBuffer.isView(value) && !(value instanceof Date)
}

/** A stream of Node: its fields are its machinery, up to the request that it answers. */
function isStream(value: object): boolean {
  return typeof readField(value, 'pipe') === 'function'
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
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
