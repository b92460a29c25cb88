import { Readable } from 'node:stream'
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

class Hidden {
  readonly #token = token

  toJSON(): unknown {
    return { shown: [this.#token] }
  }
}

class Same extends Box {
  toJSON(): this {
    return this
  }
}

class Endless {
  toJSON(): unknown {
    return { next: [new Endless(), new Endless()] }
  }
}

class Broken {
  toJSON(): never {
    throw new Error('no')
  }
}

class Answer {}

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

  const instances: readonly (readonly [string, unknown, unknown])[] = [
    ['its fields', new Box(), { text: '[redacted]' }],
    ['its toJSON()', new Hidden(), { shown: ['[redacted]'] }],
    ['a toJSON() that gives text', { toJSON: () => `Bearer ${token}` }, 'Bearer [redacted]'],
    ['its fields, where toJSON() gives itself', new Same(), { text: '[redacted]' }],
    [
      'a URL',
      new URL(`https://a.example/?t=${encodeURIComponent(token)}`),
      'https://a.example/?t=[redacted]',
    ],
    ['headers', new Headers({ authorization: token }), { authorization: '[redacted]' }],
    ['a map', new Map([['key', new Box()]]), [['key', { text: '[redacted]' }]]],
    ['text in a box', Object(token), '[redacted]'],
  ]

  test.for(instances)('is cleaned of what JSON or a log would show: %s', ([, value, plain]) => {
    expect(redactValue(value, needles)).toEqual({ value: plain, found: true })
    expect(redactValue({ deep: [value] }, needles).value).toEqual({ deep: [plain] })
  })

  test("is cleaned of a library's whole answer, with its request's headers", () => {
    const headers = new Box()
    const data = [new Date(0)]
    const response = Object.assign(new Answer(), { data, config: { headers, method: 'get' } })

    const { value } = redactValue(response, needles)

    expect(JSON.stringify(value)).toBe(
      '{"data":["1970-01-01T00:00:00.000Z"],"config":{"headers":{"text":"[redacted]"},"method":"get"}}',
    )
    expect(value.data).toBe(data)
    expect(response.config.headers.text).toBe(token)
  })

  test('keeps class instances that show no token', () => {
    const bytes = new TextEncoder().encode(token)
    const value = {
      items: [new Answer(), new Date(0), new Map([['a', 1]]), new Headers(), new URL('a:b')],
      bytes,
      buffer: bytes.buffer,
      response: new Response(token),
      blob: new Blob([token]),
      promise: Promise.resolve(token),
      call: Object.assign(() => token, { toJSON: () => token }),
    }

    const { value: clean, found } = redactValue(value, needles)

    expect(found).toBe(false)
    expect(clean).toBe(value)
  })

  test('keeps streams, whose requests hold the token', () => {
    const stream = Object.assign(Readable.from([token]), { request: { header: token } })

    expect(redactValue({ stream }, needles).value.stream).toBe(stream)
    expect(redactValue({ pipe: 'no stream', token }, needles).found).toBe(true)
  })

  test('with a field or toJSON() that throws is cleaned in the rest', () => {
    const value = { broken: new Broken(), token }

    expect(redactValue(value, needles).value).toEqual({
      broken: value.broken,
      token: '[redacted]',
    })
  })

  test('with an endless toJSON() comes to an end', () => {
    expect(redactValue(new Endless(), needles).found).toBe(false)
  })

  test('with an error in it is cleaned as an error that was thrown', () => {
    const reason = Object.assign(new Error(token), { headers: new Box() })

    const { value } = redactValue([{ status: 'rejected', reason }], needles)

    expect(value[0]?.reason).toBe(reason)
    expect(inspect(reason)).not.toContain('canary')
  })

  test('is not searched for a token too short to be one', () => {
    expect(needlesOf(aToken('abc'))).toEqual([])
  })
})

describe('an error', () => {
  /** To somebody who prints it, and to somebody who makes JSON of its parts. */
  function shownBy(error: unknown): string {
    const parts = typeof error === 'object' && error !== null ? Object.values(error) : []
    const json = parts.includes(error) ? '' : JSON.stringify(parts)
    return inspect(error, { depth: 30, showHidden: true }) + json
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
    expect(shownBy(redactError(error, needles).value)).not.toContain('canary')
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
    [
      'an error with a toJSON() of its parts',
      () => Object.assign(new Error('x'), { client: new Hidden() }),
    ],
  ]

  test.for(thrown)('is cleaned: %s', ([, make]) => {
    expect(shownBy(make())).toContain('canary')
    expect(shownBy(redactError(make(), needles).value)).not.toContain('canary')
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
