import { customOAuth2, providers, type ProviderDefinition } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { behaviourOf } from './behaviour-of.ts'
import { originsOf } from './origins-of.ts'
import { readAccount } from './read-account.ts'

const { google, github, 'github-app': githubApp, slack, notion } = providers

test('reads the id and the first label that is there', () => {
  expect(readAccount(google, { sub: '1', email: '', name: 'Ada' })).toEqual({
    providerAccountId: '1',
    label: 'Ada',
    profile: { name: 'Ada' },
  })
  expect(readAccount(github, { id: 583_231, login: 'octocat' })).toEqual({
    providerAccountId: '583231',
    label: 'octocat',
  })
  expect(
    readAccount(slack, { team: { id: 'T1', name: 'Acme' }, authed_user: { id: 'U2' } }),
  ).toEqual({ providerAccountId: 'T1:U2', label: 'Acme' })
})

test('what a login passes on is taken only where it has the form of it', () => {
  const claims = {
    sub: '1',
    email: 'ada@example.com',
    email_verified: true,
    auth_time: 1_800_000_000,
  }
  expect(readAccount(google, { ...claims, picture: 'https://p.example.com/1' })?.profile).toEqual({
    email: 'ada@example.com',
    isEmailVerified: true,
    picture: 'https://p.example.com/1',
    authenticatedAt: 1_800_000_000,
  })
  expect(
    readAccount(google, {
      sub: '1',
      email: 'ada',
      picture: 'javascript:1',
      email_verified: 'true',
    }),
  ).not.toHaveProperty('profile')
})

test('without a label the id serves, and a label must be text', () => {
  expect(readAccount(github, { id: 1 })).toEqual({ providerAccountId: '1', label: '1' })
  expect(readAccount(github, { id: 1, login: { a: 1 }, email: 7 })?.label).toBe('1')
})

test('a label cannot pretend to be another', () => {
  const label = readAccount(google, { sub: '1', email: 'a\u202Emoc.live@\r\n\u0000b' })?.label

  expect(label).toBe('amoc.live@b')
  expect(readAccount(google, { sub: '1', email: 'x'.repeat(100_000) })?.label.length).toBeLessThan(
    257,
  )
})

test.each([
  ['missing', {}],
  ['null', { id: null }],
  ['empty', { id: '' }],
  ['an object', { id: {} }],
  ['a fraction', { id: 1.5 }],
  ['too large a number', { id: 2 ** 60 }],
  ['with a line break', { id: 'a\nb' }],
  ['with a space', { id: 'a b' }],
  ['with a direction mark', { id: 'a\u202E' }],
  ['a lone surrogate', { id: '\uD800' }],
  ['too long', { id: 'x'.repeat(256) }],
])('an id that is %s is none', (_name, members) => {
  expect(readAccount(github, members)).toBeUndefined()
})

test('several parts are all there, and cannot be cut otherwise', () => {
  expect(readAccount(slack, { team: { id: 'T1' }, authed_user: {} })).toBeUndefined()
  expect(readAccount(slack, { team: { id: 'T1:U2' }, authed_user: { id: 'x' } })).toBeUndefined()
  expect(readAccount(slack, { team: 'T1', authed_user: { id: 'x' } })).toBeUndefined()
  expect(
    readAccount(notion, { workspace_id: 'w'.repeat(200), bot_id: 'b'.repeat(200) }),
  ).toBeUndefined()
})

test('an id is never taken from the prototype', () => {
  const definition = custom('constructor')

  expect(readAccount(definition, {})).toBeUndefined()
})

test.each<readonly [ProviderDefinition, object]>([
  [google, { rotation: 'stable', revocation: 'grant', refreshKillsAccessToken: false }],
  [github, { rotation: 'strict', revocation: 'token', refreshKillsAccessToken: false }],
  [githubApp, { rotation: 'strict', revocation: 'token', refreshKillsAccessToken: true }],
  [slack, { rotation: 'strict', revocation: 'token', refreshKillsAccessToken: false }],
  [notion, { rotation: 'strict', revocation: 'grant', refreshKillsAccessToken: false }],
])('tells the domain how a provider behaves (%#)', (definition, behaviour) => {
  expect(behaviourOf(definition)).toEqual({ ...behaviour, graceSeconds: undefined })
})

test.each([
  ['stable', 'stable'],
  ['same_token', 'overlapping'],
  ['overlapping', 'overlapping'],
  ['single_use', 'strict'],
  ['last_two', 'strict'],
  ['strict', 'strict'],
] as const)('rotation %s means %s', (rotation, mode) => {
  const definition = { ...custom('id'), refreshToken: { issued: 'default', rotation } } as const

  expect(behaviourOf(definition).rotation).toBe(mode)
})

test('keeps a grace, and says that nothing can be revoked', () => {
  const definition = custom('id')
  const refreshToken = { issued: 'default', rotation: 'grace', graceSeconds: 30 } as const

  expect(behaviourOf({ ...definition, refreshToken })).toEqual({
    rotation: 'grace',
    graceSeconds: 30,
    revocation: 'unsupported',
    refreshKillsAccessToken: false,
  })
})

test('tells where tokens and users may go', () => {
  expect(originsOf(github)).toEqual({
    apiOrigins: github.apiOrigins,
    apiErrors: undefined,
    consentOrigins: ['https://github.com'],
  })
  expect(originsOf(slack)).toMatchObject({
    apiErrors: 'slack_ok_false',
    consentOrigins: ['https://slack.com', 'https://*.slack.com'],
  })
})

function custom(idField: string): ProviderDefinition {
  return customOAuth2({
    id: 'custom',
    authorizationEndpoint: 'https://login.example.com/authorize',
    tokenEndpoint: 'https://login.example.com/token',
    identity: {
      source: 'userinfo',
      endpoint: 'https://api.example.com/me',
      idField,
      labelFields: ['email'],
    },
    apiOrigins: ['https://api.example.com'],
  })
}
