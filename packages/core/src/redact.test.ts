import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ConnectionToken } from './connection-token.ts'
import { needlesOf, redactError, redactValue } from './redact.ts'
import { secret } from './secret.ts'

const token = 'canary-token/with+odd="chars"'

function aToken(value: string): ConnectionToken {
  return {
    connection: 'github',
    token: secret(value),
    tokenType: 'Bearer',
    expiresAt: undefined,
    scopes: [],
    account: undefined,
    generation: undefined,
    apiOrigins: [],
    apiErrors: undefined,
  }
}

class Box {
  readonly text = token
}

function ownCause(): Error {
  const error = new Error(token)
  error.cause = error
  return error
}

const needles = needlesOf(aToken(token))

describe('a result', () => {
  test.for([
    ['itself', token],
    ['in a header', `Bearer ${token}`],
    ['url-encoded', `?access_token=${encodeURIComponent(token)}&x=1`],
    ['url-encoded in lower case', encodeURIComponent(token).toLowerCase()],
    ['as JSON', JSON.stringify({ token })],
    ['base64', btoa(token)],
    ['base64 after one character', btoa(`:${token}`)],
    ['base64 after two', btoa(`u:${token}`)],
    ['base64 after three, with more behind', btoa(`us:${token}:more`)],
    ['base64url', Buffer.from(`u:${token}`).toString('base64url')],
  ])('is cleaned of the token %s', ([, text = '']) => {
    const { value, found } = redactValue({ text }, needles)

    expect(found).toBe(true)
    expect(JSON.stringify(value)).toContain('[redacted]')
    expect(Buffer.from(value.text, 'base64').toString()).not.toContain('canary')
    expect(decodeURIComponent(value.text)).not.toContain('canary')
  })

  test('is copied only where it changes', () => {
    const untouched = { deep: ['x'] }
    const value = { untouched, changed: [token], when: new Date(0) }
    const { value: clean } = redactValue(value, needles)

    expect(clean).toEqual({ untouched, changed: ['[redacted]'], when: new Date(0) })
    expect(clean.untouched).toBe(untouched)
    expect(clean.when).toBe(value.when)
    expect(value.changed).toEqual([token])
  })

  test('is cleaned in its keys, and keeps a key named __proto__', () => {
    const value: unknown = JSON.parse(`{"${token.replaceAll('"', '\\"')}":1,"__proto__":{"a":1}}`)

    const { value: clean } = redactValue(value, needles)

    expect(JSON.stringify(clean)).toBe('{"[redacted]":1,"__proto__":{"a":1}}')
  })

  test('with a loop does not lead back to the original', () => {
    const value: { token: string; self?: unknown } = { token }
    value.self = value

    const { value: clean } = redactValue(value, needles)

    expect(clean).toEqual({ token: '[redacted]', self: '[circular]' })
  })

  test('with a loop and no token stays itself', () => {
    const value: { self?: unknown } = {}
    value.self = value

    expect(redactValue(value, needles)).toEqual({ value, found: false })
  })

  test('made of shared parts is walked once a part', () => {
    let value: unknown = token
    for (let depth = 0; depth < 60; depth += 1) value = [value, value]

    expect(redactValue(value, needles).found).toBe(true)
  })

  test('passes class instances as they are', () => {
    const value = { box: new Box(), bytes: new TextEncoder().encode(token) }

    expect(redactValue(value, needles)).toEqual({ value, found: false })
  })

  test('is not searched for a token too short to be one', () => {
    expect(needlesOf(aToken('abc'))).toEqual([])
  })
})

describe('an error', () => {
  function leftIn(error: unknown): string {
    return inspect(redactError(error, needles).value, { depth: 30, showHidden: true })
  }

  test('keeps its identity, with message, stack, causes and fields cleaned', () => {
    const error = Object.assign(new TypeError(`bad ${token}`, { cause: new Error(token) }), {
      config: {
        headers: new Headers({ authorization: `Bearer ${token}` }),
        url: new URL(`https://api.example.com/?t=${encodeURIComponent(token)}`),
      },
      request: new Request('https://api.example.com/', { headers: { authorization: token } }),
    })

    expect(redactError(error, needles)).toEqual({ value: error, found: true })
    expect(leftIn(error)).not.toContain('canary')
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe('bad [redacted]')
  })

  const thrown: readonly (readonly [string, () => unknown])[] = [
    ['a string', () => token],
    ['a plain object', () => ({ error: token })],
    ['an aggregate', () => new AggregateError([new Error(token)], token)],
    ['a frozen error', () => Object.freeze(new Error(token))],
    ['a DOMException', () => new DOMException(token, 'AbortError')],
    ['an instance of a class', () => Object.assign(new Error('x'), { client: new Box() })],
    ['an error that is its own cause', ownCause],
  ]

  test.for(thrown)('is cleaned: %s', ([, make]) => {
    expect(inspect(make(), { depth: 30 })).toContain('canary')
    expect(leftIn(make())).not.toContain('canary')
  })

  test('without the token is not touched', () => {
    const error = Object.freeze(new Error('plain'))

    expect(redactError(error, needles)).toEqual({ value: error, found: false })
  })

  test('with a getter that throws is still cleaned', () => {
    const error = new Error(token)
    Object.defineProperty(error, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no')
      },
    })

    expect(redactError(error, needles)).toMatchObject({ value: { message: '[redacted]' } })
  })
})
