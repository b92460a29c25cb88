import { expect, test } from 'vitest'

import { createLogger } from './create-logger.ts'

const canary = 'CANARY-b1946ac92492d2347c6235b4d2611184'

function aLogger(level?: 'info' | 'error') {
  const lines: string[] = []
  const logger = createLogger({
    write: (line) => lines.push(line),
    now: () => 1_700_000_000,
    level,
  })
  return { logger, lines, read: () => lines.map((line) => JSON.parse(line) as unknown) }
}

test('writes a line of JSON with the fields it knows', () => {
  const { logger, read } = aLogger()

  logger.info('request', { requestId: 'r1', status: 200, path: '/oauth/token', method: 'POST' })

  expect(read()).toEqual([
    {
      level: 'info',
      time: 1_700_000_000,
      requestId: 'r1',
      status: 200,
      path: '/oauth/token',
      method: 'POST',
      msg: 'request',
    },
  ])
})

test('writes nothing below its level', () => {
  const { logger, lines } = aLogger('error')

  logger.info('a')
  logger.warn('b')
  logger.error('c')

  expect(lines).toHaveLength(1)
})

test('leaves out fields that are not on the list', () => {
  const { logger, lines } = aLogger()
  const fields = { requestId: 'r1', accessToken: canary, headers: { authorization: canary } }

  logger.warn('odd', fields)

  expect(lines.join('')).toContain('r1')
  expect(lines.join('')).not.toContain(canary)
})

test('leaves out listed fields of the wrong kind', () => {
  const { logger, lines } = aLogger()
  const fields = { path: { toString: () => canary }, status: canary, code: [canary] }

  logger.warn('odd', fields as never)

  expect(lines.join('')).not.toContain(canary)
})

test('cuts the query off a path', () => {
  const { logger, read } = aLogger()

  logger.info('request', { path: `/callback/google-oauth2?code=${canary}` })

  expect(read()).toMatchObject([{ path: '/callback/google-oauth2' }])
})

test('says of an error where it was thrown, and by which code', () => {
  const { logger, read } = aLogger()

  logger.error('failed', { error: Object.assign(new TypeError('x'), { code: 'ERR_INVALID_URL' }) })

  expect(read()).toMatchObject([
    {
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_URL',
        frames: expect.arrayContaining([
          expect.stringContaining('create-logger.test.ts'),
        ]) as unknown,
      },
    },
  ])
})

function anErrorWith(text: string): readonly unknown[] {
  const named = new Error('x')
  named.name = text
  const restacked = new Error('x')
  restacked.stack = `Error: other\n    at ${text} (file:///a.ts:1:1)\n    at file:///${text}`
  return [
    new Error(text),
    new Error(`first line\n    at file:///${text}.ts:1:1\n    at x (node:${text}:1:1)`),
    new Error('x', { cause: new Error(text, { cause: text }) }),
    new AggregateError([new Error(text)], text),
    Object.assign(new Error('x'), { code: text, headers: { authorization: `Bearer ${text}` } }),
    Object.assign(new Error('x'), { response: { body: { access_token: text } }, [text]: text }),
    named,
    restacked,
    text,
    { message: text, stack: text },
    new DOMException(text, text),
  ]
}

test.each(anErrorWith(canary).map((error, index) => [index, error]))(
  'writes no token that an error holds (%i)',
  (_, error) => {
    const { logger, lines } = aLogger()

    logger.error('failed', { error })

    expect(lines).toHaveLength(1)
    expect(lines.join('')).not.toContain(canary)
  },
)

const credentials = [
  'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl',
  'Bearer CANARY-b1946ac92492d234',
  'Authorization: Basic Q0FOQVJZOmIxOTQ2YWM=',
  'ya29.CANARY-b1946ac92492d2347c62',
  'gho_CANARYb1946ac92492d2347c62',
  'xoxp-CANARY-b1946ac92492d2347c62',
  'ntn_CANARYb1946ac92492d2347c62',
  'access_token=CANARY-b1946ac9',
  '{"refresh_token":"CANARY-b1946ac9"}',
  "{ client_secret: 'CANARY-b1946ac9' }",
  '?ticket=CANARY-b1946ac9&x=1',
]

test.each(credentials)('scrubs %s, wherever it stands', (credential) => {
  const { logger, lines } = aLogger()

  logger.warn(`upstream said ${credential}`, { code: credential, path: `/${credential}` })

  expect(lines.join('')).toContain('[redacted]')
  expect(lines.join('')).not.toMatch(/CANARY|Q0FOQVJZ|c2lnbmF0dXJl/)
})

test('keeps every line one line, whatever callers send', () => {
  const { logger, lines } = aLogger()

  logger.warn('odd', { clientId: 'a\n{"level":"error","msg":"forged"}', parameters: ['x\r\ny'] })

  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toContain('\n')
})

test('cuts long values short', () => {
  const { logger, lines } = aLogger()

  logger.warn('odd', {
    clientId: 'a'.repeat(10_000),
    parameters: Array(1000).fill('b'.repeat(999)),
  })

  expect(lines.join('').length).toBeLessThan(6000)
})
