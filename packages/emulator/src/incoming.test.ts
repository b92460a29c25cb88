import { expect, test } from 'vitest'

import { basicOf, bearerOf, readIncoming } from './incoming.ts'

const post = (type: string, body: string): Request =>
  new Request('http://127.0.0.1/x?a=1', { method: 'POST', headers: { 'content-type': type }, body })

test('reads a form and the query together', async () => {
  const read = await readIncoming(post('application/x-www-form-urlencoded', 'b=2'))

  expect(read).toMatchObject({
    ok: true,
    incoming: { parameters: { a: '1', b: '2' }, body: { b: '2' }, bodyKind: 'form' },
  })
})

test('reads JSON, nested values as their text', async () => {
  const read = await readIncoming(post('application/json; charset=utf-8', '{"b":{"c":[1]}}'))

  expect(read).toMatchObject({
    ok: true,
    incoming: { parameters: { a: '1', b: '{"c":[1]}' }, body: { b: { c: [1] } } },
  })
})

test.each([
  ['application/x-www-form-urlencoded', 'b=1&b=2', 400],
  ['application/json', '{', 400],
  ['application/json', '[]', 400],
  ['application/json', 'null', 400],
  ['text/plain', 'b=1', 415],
  ['application/json', JSON.stringify({ a: 'x'.repeat(70_000) }), 413],
])('refuses %s %.20s with %i', async (type, body, status) => {
  expect(await readIncoming(post(type, body))).toMatchObject({ ok: false, status })
})

test('decodes the credentials of HTTP Basic as a form', () => {
  const header = (text: string): Headers =>
    new Headers({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

  expect(basicOf(header('a%3Ab:c+d%25'))).toEqual({ name: 'a:b', password: 'c d%' })
  expect(basicOf(header('a:b:c'))).toEqual({ name: 'a', password: 'b:c' })
  expect(basicOf(header('no colon'))).toBeUndefined()
  expect(basicOf(header('a:%zz'))).toBeUndefined()
  expect(basicOf(new Headers({ authorization: 'Bearer x' }))).toBeUndefined()
})

test('finds a bearer token, by either name', () => {
  expect(bearerOf(new Headers({ authorization: 'Bearer abc' }))).toBe('abc')
  expect(bearerOf(new Headers({ authorization: 'token abc' }))).toBe('abc')
  expect(bearerOf(new Headers({ authorization: 'Bearer a b' }))).toBeUndefined()
  expect(bearerOf(new Headers())).toBeUndefined()
})
