import { describe, expect, test } from 'vitest'

import {
  coverageOf,
  findProblems,
  numbersOf,
  readRequirements,
  readTestTitles,
} from './requirements.ts'

const titlesOf = (source: string) => readTestTitles('a.test.ts', source).map(({ title }) => title)

const aTitle = (title: string) => ({ file: 'a.test.ts', line: 1, title })

describe('the document', () => {
  test('lists a number at the front of an item, with the record of what is not met', () => {
    const document = [
      '- **RV-01** Tokens are asked for by POST. As RV-02 says.',
      '- **RV-120** Metadata.',
      '- **R21** Postgres. **Not met**: [there is none](../decisions/0020-x.md).',
      '- Not **RV-03**, which is mentioned only.',
      '**R4** stands in no list.',
    ].join('\n')

    expect(readRequirements(document)).toEqual([
      { number: 'RV-01', decisionRecord: undefined },
      { number: 'RV-120', decisionRecord: undefined },
      { number: 'R21', decisionRecord: '../decisions/0020-x.md' },
    ])
  })
})

describe('titles', () => {
  test('are those of tests and groups, with rows, rooms for values and modifiers', () => {
    const source = `
      describe('a group', () => {
        test('a test', () => {})
        it("another", () => {})
        test.each([['a row']])('of %s', () => {})
        test.each<[string, number]>([['a row', 1]])('typed %s', () => {})
        test.concurrent.each(rows)('at once', () => {})
        describe.each(names)(\`on \${name} and \${other}\`, () => {})
        test(\`plain\`, { timeout }, () => {})
      })`

    expect(titlesOf(source)).toEqual([
      'a group',
      'a test',
      'another',
      'of %s',
      'typed %s',
      'at once',
      'on … and …',
      'plain',
    ])
  })

  test('are not in comments, texts, other calls or what is skipped', () => {
    const source = `
      // test('RV-01: a comment', () => {})
      /* describe('RV-01: a comment', () => {}) */
      const text = "test('RV-01: a text')"
      other.test('RV-01: another call')
      expect('RV-01: a value')
      test.skip('RV-01: skipped', () => {})
      test.todo('RV-01: to do')
      describe.skip('RV-01: skipped', () => { test('RV-01: within', () => {}) })
      test(title, () => {})`

    expect(titlesOf(source)).toEqual([])
  })

  test('say where they stand', () => {
    expect(readTestTitles('a.test.ts', `\n\ntest('x', () => {})`)).toEqual([
      { file: 'a.test.ts', line: 3, title: 'x' },
    ])
  })
})

test.each<[string, readonly string[]]>([
  ['RV-01: refuses', ['RV-01']],
  ['R4: refuses', ['R4']],
  ['RV-33, R4: refuses', ['RV-33', 'R4']],
  ['T16, RV-66, I7: refuses', ['RV-66']],
  ['T16: refuses', []],
  ['refuses (R4)', []],
  ['R4 refuses', []],
  ['RS256: refuses', []],
  ['what R4: says', []],
  ['RV-33 to RV-36: refuses', []],
])('the numbers of %j are %j', (title, numbers) => {
  expect(numbersOf(title)).toEqual(numbers)
})

describe('the check', () => {
  const requirements = [
    { number: 'RV-01' },
    { number: 'R1' },
    { number: 'R21', decisionRecord: 'x.md' },
  ]

  test('is content when everything has a test or a record', () => {
    const titles = [aTitle('RV-01, R1: says no')]

    expect(findProblems(requirements, titles)).toEqual([])
    expect(coverageOf(requirements, titles).map(({ tests }) => tests.length)).toEqual([1, 1, 0])
  })

  test('names what has no test: R10 is none of R1, nor a number in the middle of a title', () => {
    const titles = [aTitle('RV-01: x'), aTitle('R10: x'), aTitle('x (R1)')]

    expect(findProblems([...requirements, { number: 'R10' }], titles)).toEqual(['R1 has no test.'])
  })

  test('names a test of a number that is not listed, or is not at the front', () => {
    const titles = [aTitle('RV-01, R1, RV-99: x'), aTitle('x (RV-01)')]

    expect(findProblems(requirements, titles)).toEqual([
      'a.test.ts:1 names RV-99, which the document does not list.',
      'a.test.ts:1 names RV-01, but not in a list at its front ("RV-01: …").',
    ])
  })

  test('names a number that is listed twice', () => {
    expect(findProblems([{ number: 'R1' }, { number: 'R1' }], [aTitle('R1: x')])).toEqual([
      'R1 is listed twice.',
    ])
  })
})
