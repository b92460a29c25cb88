import { expect, test } from 'vitest'

import { lengthPrefixed } from './length-prefixed.ts'

test('writes the number of fields, then length and UTF-8 of each', () => {
  expect([...lengthPrefixed(['é', 10])]).toEqual([
    0, 0, 0, 2, 0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 2, 0x31, 0x30,
  ])
})

test('gives every list of fields an encoding of its own', () => {
  const lists = [
    [],
    [''],
    ['', ''],
    ['a', 'bc'],
    ['ab', 'c'],
    ['abc'],
    ['abc', ''],
    ['', 'abc'],
    ['a|bc'],
    ['\0\0\0\u0001a'],
    [1, 23],
    [12, 3],
    [-1, 23],
  ]

  const encodings = lists.map((list) => Buffer.from(lengthPrefixed(list)).toString('hex'))

  expect(new Set(encodings).size).toBe(lists.length)
})

test('writes text of every script as the encoder does, wherever the first character beyond ASCII is', () => {
  for (const text of [
    '',
    'a',
    '~\x7f',
    '\x80',
    'aé',
    'éa',
    `${'a'.repeat(300)}🤖b`,
    '🤖'.repeat(50),
  ]) {
    const bytes = Buffer.from(lengthPrefixed([text, 'end']))
    const length = Buffer.byteLength(text)

    expect(bytes.readUInt32BE(4)).toBe(length)
    expect(bytes.subarray(8, 8 + length).toString()).toBe(text)
    expect(bytes.subarray(8 + length + 4).toString()).toBe('end')
  }
})

test('refuses what has no encoding of its own', () => {
  for (const field of ['\ud800', 'a\udfff', 1.5, Number.NaN, Infinity, 2 ** 53]) {
    expect(() => lengthPrefixed([field])).toThrow(TypeError)
  }
})
