import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { Client, type Dispatcher } from 'undici'

import type { OutboundAnswer, OutboundFetch, OutboundRequest } from '../ports/outbound-fetch.ts'
import { isLoopbackAddress, isPublicAddress } from './address-policy.ts'
import { hostAndPort } from './host-and-port.ts'

export interface OutboundFetchOptions {
  /**
   * @deprecated for local development only: lets requests go to loopback, over http too and on any port.
   * Default false.
   */
  readonly allowLoopback?: boolean | undefined
  /**
   * `host:port` of servers in one's own network: there, over https only, a request may go to any port and address.
   * Compared exactly. Default none.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** Gives every address of a host name. Default: the system's resolver. */
  readonly resolve?: ((hostname: string) => Promise<readonly string[]>) | undefined
  /** For name resolution, TCP and TLS together. Default 3. */
  readonly connectTimeoutSeconds?: number | undefined
}

const DEFAULT_TIMEOUT_SECONDS = 10
const DEFAULT_MAX_BYTES = 1024 * 1024

/**
 * The guarded way out (RV-90). Each request has a connection of its own: nothing is pooled, so no request is ever
 * written to a socket that the other side is about to close, and none is repeated. The host is resolved once, all its
 * addresses are checked, and the connection goes to a checked address, whatever the name says a moment later. No proxy
 * variables, no cookies, no redirects, HTTP/1.1 only. Bodies are asked for and read undecoded, so what is counted
 * against `maxBytes` is all there is. Text is read as UTF-8.
 */
export function createOutboundFetch({
  allowLoopback = false,
  allowedHosts = [],
  resolve = resolveBySystem,
  connectTimeoutSeconds = 3,
}: OutboundFetchOptions = {}): OutboundFetch {
  return async (request) => {
    const target = readTarget(request.url, { allowLoopback, allowedHosts })
    if (target === undefined) return failed('refused_url')

    const stop = createStop()
    const cancelTotal = after(request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS, () => {
      stop.now('timeout')
    })
    const cancelConnect = after(connectTimeoutSeconds, () => {
      stop.now('connect_failed')
    })
    try {
      const addresses = await resolveTarget(target, resolve, stop)
      if (!addresses.ok) return failed(addresses.code)
      return await send({ target, request, stop, addresses: addresses.value, cancelConnect })
    } finally {
      cancelTotal()
      cancelConnect()
    }
  }
}

type FailureCode = Extract<OutboundAnswer, { ok: false }>['code']

interface Target {
  readonly url: URL
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string
  /** Whether an address of the host is one that the request may go to. */
  readonly isAllowedAddress: (address: string) => boolean
}

function readTarget(
  text: string,
  {
    allowLoopback,
    allowedHosts,
  }: { readonly allowLoopback: boolean; readonly allowedHosts: readonly string[] },
): Target | undefined {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return undefined
  // The URL parser has already turned decimal, octal and hexadecimal hosts into dotted addresses.
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  if (isWeb && allowLoopback && (hostname === 'localhost' || isLoopbackAddress(hostname))) {
    return { url, hostname, isAllowedAddress: isLoopbackAddress }
  }
  if (url.protocol !== 'https:') return undefined
  // Named by the operator, and known by its certificate: where it stands is not ours to judge.
  if (allowedHosts.includes(hostAndPort(url)))
    return { url, hostname, isAllowedAddress: () => true }
  return url.port === '' ? { url, hostname, isAllowedAddress: isPublicAddress } : undefined
}

type Addresses =
  | { readonly ok: true; readonly value: readonly string[] }
  | { readonly ok: false; readonly code: FailureCode }

async function resolveTarget(
  { hostname, isAllowedAddress }: Target,
  resolve: (hostname: string) => Promise<readonly string[]>,
  stop: Stop,
): Promise<Addresses> {
  const found = isIP(hostname) === 0 ? await stop.race(settled(resolve(hostname))) : [hostname]
  if (found === undefined || found.length === 0) {
    return { ok: false, code: stop.code() === 'timeout' ? 'timeout' : 'dns_failed' }
  }
  // One bad address condemns the name: which one a connection picks is not ours to bet on.
  if (!found.every(isAllowedAddress)) return { ok: false, code: 'refused_address' }
  return { ok: true, value: found }
}

interface Sending {
  readonly target: Target
  readonly addresses: readonly string[]
  readonly request: OutboundRequest
  readonly stop: Stop
  readonly cancelConnect: () => void
}

async function send(sending: Sending): Promise<OutboundAnswer> {
  const client = new Client(sending.target.url.origin, {
    connect: {
      lookup: pinnedLookup(sending.addresses),
      signal: sending.stop.signal,
      allowH2: false,
      timeout: 0,
      maxCachedSessions: 0,
    },
    allowH2: false,
    // The total limit rules; undici's own timers are coarser.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    return await dispatch(client, sending)
  } finally {
    await client.destroy()
  }
}

function dispatch(client: Client, sending: Sending): Promise<OutboundAnswer> {
  const { request, target, stop, cancelConnect } = sending
  const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES
  const chunks: Buffer[] = []
  let size = 0
  let sent = false
  let status = 0
  let headers = new Headers()

  return new Promise((answer) => {
    const fail = (code: FailureCode): void => {
      answer({ ok: false, code, sent })
    }
    stop.whenStopped((code) => {
      fail(code)
    })
    const handler: Dispatcher.DispatchHandler = {
      // Called once the connection stands, TLS included, in the same turn in which the request is written.
      onRequestStart(controller) {
        cancelConnect()
        if (request.mayStillSend?.() === false) {
          fail('not_sent')
          controller.abort(new Error('The request was called off before it was sent'))
          return
        }
        sent = true
      },
      onResponseStart(controller, statusCode, received) {
        if (statusCode < 200) return
        status = statusCode
        headers = readHeaders(received)
        if (statusCode < 400 && statusCode >= 300) {
          fail('redirect')
          controller.abort(new Error('Redirects are not followed'))
        }
      },
      onResponseData(controller, chunk) {
        size += chunk.length
        if (size > maxBytes) {
          fail('too_large')
          controller.abort(new Error('The body is larger than allowed'))
          return
        }
        chunks.push(chunk)
      },
      onResponseEnd() {
        const body = new TextDecoder().decode(Buffer.concat(chunks))
        answer({ ok: true, status, headers, body })
      },
      onResponseError() {
        fail(sent ? 'reset' : 'connect_failed')
      },
    }
    client.dispatch(
      {
        path: target.url.pathname + target.url.search,
        method: request.method,
        headers: { ...DEFAULT_HEADERS, ...request.headers },
        body: request.body ?? null,
        idempotent: false,
        reset: true,
      },
      handler,
    )
  })
}

/** GitHub refuses requests without a user agent. */
const DEFAULT_HEADERS = { 'user-agent': 'valetkey', 'accept-encoding': 'identity' }

function failed(code: FailureCode): OutboundAnswer {
  return { ok: false, code, sent: false }
}

/** Answers every question about the name with what was checked: DNS cannot change its mind in between. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, options, callback) => {
    const [first] = pinned
    if (options.all === true || first === undefined) callback(null, pinned)
    else callback(null, first.address, first.family)
  }
}

function readHeaders(received: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(received)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) {
      headers.append(name, one)
    }
  }
  return headers
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/** A name that cannot be resolved has no addresses. */
async function settled(
  resolving: Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  try {
    return await resolving
  } catch {
    return undefined
  }
}

/** Ends one request from outside, once, and remembers why. */
interface Stop {
  readonly signal: AbortSignal
  readonly code: () => FailureCode | undefined
  readonly now: (code: FailureCode) => void
  readonly whenStopped: (act: (code: FailureCode) => void) => void
  /** The promise's value, or `undefined` as soon as this is stopped. */
  readonly race: <Value>(promise: Promise<Value>) => Promise<Value | undefined>
}

function createStop(): Stop {
  const controller = new AbortController()
  const { signal } = controller
  let code: FailureCode | undefined
  const whenStopped = (act: (code: FailureCode) => void): void => {
    signal.addEventListener('abort', () => {
      if (code !== undefined) act(code)
    })
  }
  return {
    signal,
    code: () => code,
    now: (reason) => {
      code ??= reason
      controller.abort()
    },
    whenStopped,
    race: (promise) =>
      Promise.race([
        promise,
        new Promise<undefined>((resolve) => {
          whenStopped(() => {
            resolve(undefined)
          })
        }),
      ]),
  }
}

function after(seconds: number, act: () => void): () => void {
  const timer = setTimeout(act, seconds * 1000)
  return () => {
    clearTimeout(timer)
  }
}
