import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseStrictJson } from './parse-strict-json.ts'

describe('parseStrictJson', () => {
  test('reads every JSON value that has no repeated member', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value)

        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['twice the same name', '{"sub":"a","sub":"b"}'],
    ['the same name written with an escape', '{"sub":"a","s\\u0075b":"b"}'],
    ['the same name deep inside', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['the same name with an object between', '{"a":{"x":1},"b":[],"a":2}'],
    ['the same empty name', '{"":1,"":2}'],
    ['the same name after a string that ends in an escaped quote', '{"a":"\\\\\\"","a":1}'],
  ])('refuses %s', (_, text) => {
    expect(JSON.parse(text)).toBeDefined()
    expect(parseStrictJson(text)).toBeUndefined()
  })

  test.each([
    ['names that look like members inside a string', '{"a":"{\\"a\\":1,\\"a\\":2}"}'],
    ['the same name in two objects of a list', '[{"a":1},{"a":2}]'],
    ['a member named as its parent', '{"a":{"a":{"a":1}}}'],
    ['strings that repeat in a list', '["a","a"]'],
    ['a value that equals a name', '{"a":"b","b":"a"}'],
  ])('reads %s', (_, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })

  test('refuses what is no JSON, and what is nested too deep', () => {
    expect(parseStrictJson('{')).toBeUndefined()
    expect(parseStrictJson('{} {}')).toBeUndefined()
    expect(parseStrictJson('')).toBeUndefined()
    expect(parseStrictJson('['.repeat(33) + ']'.repeat(33))).toBeUndefined()
    expect(parseStrictJson('['.repeat(32) + ']'.repeat(32))).toBeDefined()
  })
})
