import { expect, test } from 'vitest'

import { canonicalJson } from './canonical-json.ts'

test('sorts members by UTF-16 code units at every depth, and keeps the order of lists', () => {
  expect(canonicalJson({ b: 1, a: { z: [3, 1, 2], '10': true, '9': null }, A: 'x', é: 0 })).toBe(
    '{"A":"x","a":{"10":true,"9":null,"z":[3,1,2]},"b":1,"é":0}',
  )
})

test('leaves absent members out', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
})

test('keeps every text apart, also text that is not well-formed', () => {
  const texts = ['', 'a"b', 'a\nb', 'a\0b', '\ud800', '\udfff', '\ufffd', '🤖', '\\ud800']

  const spellings = texts.map((text) => canonicalJson({ text }))

  expect(new Set(spellings).size).toBe(texts.length)
  expect(spellings.map((spelling) => JSON.parse(spelling))).toEqual(texts.map((text) => ({ text })))
  expect(spellings.filter((spelling) => /[\p{Surrogate}]/u.test(spelling))).toEqual([])
})

test('treats __proto__ as a name like any other', () => {
  expect(canonicalJson(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe(
    '{"__proto__":{"a":1},"b":2}',
  )
})

test.each([
  ['NaN', { value: Number.NaN }],
  ['Infinity', [Infinity]],
  ['a bigint', { value: 1n }],
  ['a function', { value: () => 1 }],
  ['a symbol', { value: Symbol('x') }],
  ['nothing at all', undefined],
  ['a hole in a list', [undefined]],
  ['a date', { value: new Date(0) }],
  ['bytes', { value: new Uint8Array(1) }],
  ['a map', new Map([['a', 1]])],
])('refuses %s', (_, value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError)
})
