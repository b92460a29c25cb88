import { expect, test } from 'vitest'

import { readJsonRecord } from './json-record.ts'

test('reads what was written', () => {
  const record = readJsonRecord(JSON.stringify({ a: 'x', n: 7, list: ['p', 'q'], none: undefined }))

  expect(record.text('a')).toBe('x')
  expect(record.number('n')).toBe(7)
  expect(record.texts('list')).toEqual(['p', 'q'])
  expect(record.optionalText('none')).toBeUndefined()
  expect(record.optionalNumber('missing')).toBeUndefined()
})

test('names the member that does not fit, and never its value', () => {
  const record = readJsonRecord('{"a":1,"secret":["s3cr3t",2]}')

  expect(() => record.text('a')).toThrow('"a"')
  expect(() => record.text('__proto__')).toThrow('"__proto__"')
  expect(() => record.number('secret')).toThrow('"secret"')
  expect(() => record.texts('secret')).toThrow(/^(?!.*s3cr3t)/)
  expect(() => readJsonRecord('null').text('a')).toThrow(TypeError)
})
