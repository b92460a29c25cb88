import type { ProviderDefinition } from '@valetkey/providers'
import type { Fault } from './fault.ts'
import type { StrikingFault } from './faults.ts'
import { encodeBody, jsonReply, type JsonObject, type Reply } from './reply.ts'
import type { Runtime } from './runtime.ts'
import { protocolError } from './token-error.ts'

/** Serves a request with a fault: what comes instead of acting, or after it. */
export async function playFault(
  { fault, held }: StrikingFault,
  provider: ProviderDefinition,
  runtime: Runtime,
  act: () => Promise<Reply>,
): Promise<Reply> {
  await pause(fault, 'before', held, runtime)
  const instead = replyInstead(fault, provider)
  if (instead !== undefined) return instead

  const reply = await act()
  await pause(fault, 'after', held, runtime)
  return spoil(fault, reply)
}

async function pause(
  fault: Fault,
  moment: 'before' | 'after',
  held: () => Promise<void>,
  runtime: Runtime,
): Promise<void> {
  if (fault.kind !== 'delay' && fault.kind !== 'hold') return
  if ((fault.when ?? 'before') !== moment) return
  await (fault.kind === 'hold' ? held() : runtime.delay(fault.milliseconds))
}

const DESCRIPTION = 'An error that a test asked for.'

function replyInstead(fault: Fault, provider: ProviderDefinition): Reply | undefined {
  switch (fault.kind) {
    case 'rate_limited':
      return jsonReply({ error: 'rate_limited' }, 429, {
        'retry-after': String(fault.retryAfterSeconds ?? 30),
      })
    case 'redirect':
      return { status: 302, headers: { location: fault.location }, body: { kind: 'empty' } }
    case 'error': {
      const { error, status } = fault
      const reply = protocolError(provider, { error, description: DESCRIPTION })
      return { ...reply, status: status ?? reply.status }
    }
    case 'error_in_200':
      return jsonReply({ error: fault.error, error_description: DESCRIPTION })
    case 'reset':
    case 'html':
    case 'server_error':
      return (fault.when ?? 'before') === 'before' ? destroyed(fault) : undefined
    case 'delay':
    case 'hold':
    case 'truncated_body':
    case 'missing_expires_in':
    case 'missing_refresh_token':
    case 'narrowed_scope':
    case 'odd_types':
    case 'control_characters':
    case 'huge_token':
    case 'huge_body':
    case 'deep_json':
    case 'not_an_object':
    case 'clock_skew':
      return undefined
  }
}

/** The answer with the fault in it, once the provider has acted. */
function spoil(fault: Fault, reply: Reply): Reply {
  switch (fault.kind) {
    case 'reset':
    case 'html':
    case 'server_error':
      return destroyed(fault, reply)
    case 'truncated_body': {
      const { text, type } = encodeBody(reply.body)
      return {
        ...reply,
        body: { kind: 'text', text: text.slice(0, text.length / 2), contentType: type },
      }
    }
    case 'missing_expires_in':
      return withTokens(reply, (tokens) => without(tokens, 'expires_in'))
    case 'missing_refresh_token':
      return withTokens(reply, (tokens) => without(tokens, 'refresh_token'))
    case 'odd_types':
      return withTokens(reply, oddlyTyped)
    case 'control_characters':
      return withTokens(reply, (tokens) => ({
        ...tokens,
        access_token: `${String(tokens['access_token'])}\r\nx-injected: yes`,
      }))
    case 'huge_token':
      return withTokens(reply, (tokens) => ({
        ...tokens,
        access_token: 'a'.repeat(fault.bytes ?? 100_000),
      }))
    case 'huge_body':
      return withMember(reply, 'padding', 'a'.repeat(fault.bytes ?? 5_000_000))
    case 'deep_json': {
      const depth = fault.depth ?? 10_000
      const { text, type } = encodeBody(reply.body)
      const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
      return {
        ...reply,
        body: {
          kind: 'text',
          text: text.replace(/^\{/, `{"nested":${nested},`),
          contentType: type,
        },
      }
    }
    case 'not_an_object':
      return { ...reply, body: { kind: 'text', text: 'null', contentType: 'application/json' } }
    // Played while the request waited, or by the token route itself.
    case 'delay':
    case 'hold':
    case 'narrowed_scope':
    case 'clock_skew':
    // Came instead of acting.
    case 'rate_limited':
    case 'redirect':
    case 'error':
    case 'error_in_200':
      return reply
  }
}

function destroyed(
  fault: Extract<Fault, { kind: 'reset' | 'html' | 'server_error' }>,
  reply: Reply = { status: 200, body: { kind: 'empty' } },
): Reply {
  switch (fault.kind) {
    case 'reset':
      return { ...reply, connection: fault.when === 'midway' ? 'cut' : 'reset' }
    case 'html':
      return {
        status: 200,
        body: { kind: 'html', text: '<!doctype html><title>Sign in</title><h1>Welcome</h1>' },
      }
    case 'server_error':
      return {
        status: fault.status ?? 503,
        body: { kind: 'html', text: '<!doctype html><title>Error</title><h1>Try again later</h1>' },
      }
  }
}

/** Changes the object that carries the tokens, wherever the provider puts it. */
function withTokens(reply: Reply, change: (tokens: JsonObject) => JsonObject): Reply {
  if (reply.body.kind !== 'json' && reply.body.kind !== 'form') return reply
  const { value } = reply.body
  const nested = value['authed_user']
  const changed = isObject(nested) ? { ...value, authed_user: change(nested) } : change(value)
  return { ...reply, body: { ...reply.body, value: changed } }
}

function withMember(reply: Reply, name: string, member: unknown): Reply {
  if (reply.body.kind !== 'json' && reply.body.kind !== 'form') return reply
  return { ...reply, body: { ...reply.body, value: { ...reply.body.value, [name]: member } } }
}

function oddlyTyped(tokens: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(tokens).map(([name, value]) => {
      if (typeof value === 'number') return [name, String(value)]
      if (name === 'scope' && typeof value === 'string') return [name, value.split(/[ ,]/)]
      return [name, value]
    }),
  )
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
