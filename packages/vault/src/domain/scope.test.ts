import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { withImpliedScopes } from './scope.ts'

const scope = fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', 'constructor')
const scopes = fc.uniqueArray(scope)
/** With cycles, and with scopes that cover themselves. */
const implied = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.array(scope))

test('gives what a scope covers, and what that covers in turn', () => {
  const covers = { repo: ['public_repo', 'status'], public_repo: ['stars'] }

  expect(withImpliedScopes(['gist', 'repo'], covers)).toEqual([
    'gist',
    'repo',
    'public_repo',
    'status',
    'stars',
  ])
  expect(withImpliedScopes(['stars'], covers)).toEqual(['stars'])
  expect(withImpliedScopes(['repo'])).toEqual(['repo'])
})

test('scopes that cover each other are one', () => {
  const covers = { email: ['userinfo.email'], 'userinfo.email': ['email'] }

  expect(withImpliedScopes(['email'], covers)).toEqual(['email', 'userinfo.email'])
})

test('names that every object has cover nothing', () => {
  expect(withImpliedScopes(['constructor', '__proto__', 'toString'], {})).toEqual([
    'constructor',
    '__proto__',
    'toString',
  ])
})

test('more scopes cover no less', () => {
  fc.assert(
    fc.property(scopes, scopes, implied, (some, others, covers) => {
      const more = new Set(withImpliedScopes([...some, ...others], covers))

      expect(withImpliedScopes(some, covers).filter((one) => !more.has(one))).toEqual([])
    }),
  )
})

test('covering what is covered adds nothing', () => {
  fc.assert(
    fc.property(scopes, implied, (some, covers) => {
      const once = withImpliedScopes(some, covers)

      expect(withImpliedScopes(once, covers)).toEqual(once)
    }),
  )
})

test('keeps what it was given, and invents nothing', () => {
  fc.assert(
    fc.property(scopes, implied, (some, covers) => {
      const known = new Set<string>([...some, ...Object.values(covers).flat()])
      const covered = withImpliedScopes(some, covers)

      expect(covered.slice(0, some.length)).toEqual(some)
      expect(covered.filter((one) => !known.has(one))).toEqual([])
      expect(new Set(covered).size).toBe(covered.length)
    }),
  )
})
