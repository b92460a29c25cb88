import { describe, expect, test } from 'vitest'

import { readFormBody, readJsonBody } from './read-body.ts'

function request(type: string | undefined, body: BodyInit): Request {
  const made = new Request('https://vault.example.com/', { method: 'POST', body })
  if (type === undefined) made.headers.delete('content-type')
  else made.headers.set('content-type', type)
  return made
}

describe('readJsonBody', () => {
  test.each<[string, string | undefined, BodyInit, unknown]>([
    ['an object', 'application/json', '{"a":1}', { ok: true, value: { a: 1 } }],
    [
      'parameters and case of the type',
      'APPLICATION/JSON ; charset=utf-8',
      '1',
      { ok: true, value: 1 },
    ],
    ['another type', 'text/json', '{}', { ok: false, refusal: 'media_type' }],
    ['no type', undefined, '{}', { ok: false, refusal: 'media_type' }],
    ['no JSON', 'application/json', '{a:1}', { ok: false, refusal: 'not_json' }],
    ['an empty body', 'application/json', '', { ok: false, refusal: 'not_json' }],
    ['a member twice', 'application/json', '{"a":1,"a":2}', { ok: false, refusal: 'not_json' }],
    [
      'bytes that are no UTF-8',
      'application/json',
      new Uint8Array([0x22, 0xff, 0x22]),
      { ok: false, refusal: 'not_json' },
    ],
    [
      '57 KiB',
      'application/json',
      JSON.stringify('x'.repeat(57 * 1024)),
      { ok: false, refusal: 'too_large' },
    ],
  ])('%s', async (_name, type, body, expected) => {
    expect(await readJsonBody(request(type, body))).toEqual(expected)
  })

  test('reads no further than the limit, however much comes', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(16 * 1024).fill(0x20))
      },
    })
    const made = new Request('https://vault.example.com/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit)

    expect(await readJsonBody(made)).toEqual({ ok: false, refusal: 'too_large' })
    expect(sent).toBeLessThan(10)
  })
})

describe('readFormBody', () => {
  const form = 'application/x-www-form-urlencoded'

  test('gives each field once', async () => {
    expect(await readFormBody(request(form, 'a=1&b=x%20y'))).toEqual({ a: '1', b: 'x y' })
  })

  test.each([
    [form, 'a=1&a=2'],
    [form, `a=${'x'.repeat(57 * 1024)}`],
    ['multipart/form-data; boundary=x', 'a=1'],
    ['text/plain', 'a=1'],
  ])('takes no other: %s %.20s', async (type, body) => {
    expect(await readFormBody(request(type, body))).toBeUndefined()
  })
})
