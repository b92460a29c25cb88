import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReturnPath, withQuery } from './return-path.ts'

const home = 'https://app.example.com'
const runs = Number(process.env['FUZZ_RUNS'] ?? 300)

describe('a return path', () => {
  test.for([
    ['/', '/'],
    ['/chat?id=1#last', '/chat?id=1#last'],
    ['/a/../b', '/b'],
    ['/?next=//evil.example', '/?next=//evil.example'],
    ['/ünï', '/%C3%BCn%C3%AF'],
  ])('may be %s', ([given = '', path]) => {
    expect(parseReturnPath(given)).toBe(path)
  })

  test.for([
    '',
    'chat',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    ' /chat',
    '/a\u0000b',
    `/${'a'.repeat(3_000)}`,
    `/${'字'.repeat(1_000)}`,
  ])('may not be %j', (given) => {
    expect(parseReturnPath(given)).toBeUndefined()
  })

  test('never leaves the app, whatever is given', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      ':',
      '@',
      '%2f',
      '%5c',
      '\t',
      '\n',
      '?',
      '#',
      'evil.example',
      'https:',
    )
    expect(() =>
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.array(piece).map((pieces) => pieces.join('')),
            fc.array(piece).map((pieces) => `/${pieces.join('')}`),
          ),
          (given) => {
            const path = parseReturnPath(given)
            if (path === undefined) return true
            const withError = withQuery(path, 'valetkey_error', 'x')
            return [path, withError].every(
              (one) => new URL(one, `${home}/some/page`).origin === home,
            )
          },
        ),
        { numRuns: runs },
      ),
    ).not.toThrow()
  })
})
