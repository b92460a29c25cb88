import type { Cookie } from '@valetkey/core/adapter'
import { describe, expect, test } from 'vitest'
import type { NewCookie } from './cookies.ts'
import { createSealer } from './sealer.ts'
import { createSessionStore, type SessionStore, type SessionStoreOptions } from './session-store.ts'
import type { StoredSession } from './session.ts'

const secret = 'a-secret-of-the-tests-0123456789abcd'
const olderSecret = 'an-older-secret-of-the-tests-0123456'
const start = 1_800_000_000
const day = 86_400

interface Clock {
  now: number
}

function aStore({
  clock = { now: start },
  secrets = [secret],
  isSecure = true,
  ...options
}: Partial<SessionStoreOptions> & {
  readonly clock?: Clock
  readonly secrets?: readonly string[]
  readonly isSecure?: boolean
} = {}): SessionStore {
  return createSessionStore({
    idleSeconds: 7 * day,
    absoluteSeconds: 30 * day,
    settings: () => ({ origin: 'https://app.example.com', isSecure, cookieSecrets: secrets }),
    now: () => clock.now,
    ...options,
  })
}

function aSession(change: Partial<StoredSession> = {}): StoredSession {
  return {
    user: { id: 'usr_1', name: 'Ada', email: 'ada@example.com', picture: undefined },
    refreshToken: 'login-refresh-token',
    loginSession: 'sid-1',
    loggedInAt: start,
    renewedAt: start,
    ...change,
  }
}

/** What the browser sends after it was given these. */
function kept(sent: readonly Cookie[], cookies: readonly NewCookie[]): readonly Cookie[] {
  const changed = new Set(cookies.map(({ name }) => name))
  return [
    ...sent.filter(({ name }) => !changed.has(name)),
    ...cookies.filter(({ maxAgeSeconds }) => maxAgeSeconds > 0),
  ]
}

async function written(
  store: SessionStore,
  session: StoredSession,
  sent: readonly Cookie[] = [],
): Promise<readonly Cookie[]> {
  return kept(sent, await store.write(session, sent))
}

describe('a session cookie', () => {
  test('keeps the session, unreadable to the browser, for as long as the session lives', async () => {
    const store = aStore()

    const [cookie, ...more] = await store.write(aSession(), [])

    expect(more).toEqual([])
    expect(cookie).toMatchObject({
      name: '__Host-vk-session',
      maxAgeSeconds: 7 * day,
      isSecure: true,
    })
    for (const part of cookie?.value.split('.') ?? []) {
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toMatch(/login-refresh|ada@/)
    }
    expect(await store.read([cookie ?? { name: '', value: '' }])).toEqual(aSession())
  })

  test('is smaller than a browser takes, whatever name and picture the user has chosen', async () => {
    const user = {
      id: 'u'.repeat(255),
      name: 'n'.repeat(200),
      email: 'e'.repeat(254),
      picture: `https://${'p'.repeat(504)}`,
    }

    const [cookie, ...more] = await aStore().write(
      aSession({ user, refreshToken: 'r'.repeat(512) }),
      [],
    )

    expect(more).toEqual([])
    expect(`${cookie?.name}=${cookie?.value}`.length).toBeLessThan(4_096)
  })

  test('without https has no prefix, and then none with a prefix is read', async () => {
    const secure = await written(aStore(), aSession())
    const plain = await written(aStore({ isSecure: false }), aSession())

    expect(plain[0]?.name).toBe('vk-session')
    expect(await aStore().read(plain)).toBeUndefined()
    expect(await aStore({ isSecure: false }).read(secure)).toBeUndefined()
  })
})

describe('its life', () => {
  test('ends when it was not used for idleSeconds', async () => {
    const clock = { now: start }
    const store = aStore({ clock })
    const cookies = await written(store, aSession())

    clock.now = start + 7 * day - 1
    expect(await store.read(cookies)).toEqual(aSession())
    clock.now = start + 7 * day
    expect(await store.read(cookies)).toBeUndefined()
  })

  test('is longer with use, written again once a tenth of it has gone', () => {
    const clock = { now: start + 0.1 * 7 * day }
    const store = aStore({ clock })

    expect(store.renewed(aSession())).toBeUndefined()
    clock.now += 1
    expect(store.renewed(aSession())).toEqual(aSession({ renewedAt: clock.now }))
  })

  test('ends at absoluteSeconds after the login, however much it is used', async () => {
    const clock = { now: start + 29 * day }
    const store = aStore({ clock })
    const session = aSession({ renewedAt: clock.now })
    const cookies = await store.write(session, [])

    expect(cookies[0]?.maxAgeSeconds).toBe(day)
    expect(store.show(session).expiresAt).toBe(start + 30 * day)
    clock.now = start + 30 * day - 1
    expect(store.renewed(session)).toBeUndefined()
    expect(await store.read(cookies)).toEqual(session)
    clock.now += 1
    expect(await store.read(cookies)).toBeUndefined()
  })

  test('is what the options say now, not what they said when it was written', async () => {
    const clock = { now: start + day }
    const cookies = await written(aStore(), aSession())

    expect(await aStore({ clock, idleSeconds: day }).read(cookies)).toBeUndefined()
    expect(await aStore({ clock, absoluteSeconds: day }).read(cookies)).toBeUndefined()
  })
})

describe('what is no session cookie of this app means that nobody is logged in', () => {
  const name = '__Host-vk-session'

  test('every other byte, every shorter text', async () => {
    const store = aStore()
    const [{ value } = { value: '' }] = await written(store, aSession())

    const bytesOf = (text: string): string =>
      text
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('hex'))
        .join('.')
    const opened: string[] = []
    for (let index = 0; index < value.length; index += 1) {
      const other = value[index] === 'A' ? 'B' : 'A'
      const forged = value.slice(0, index) + other + value.slice(index + 1)
      for (const text of [forged, value.slice(0, index), value + other]) {
        // The last character of a part may have bits that say nothing.
        if (bytesOf(text) === bytesOf(value)) continue
        if ((await store.read([{ name, value: text }])) !== undefined) opened.push(text)
      }
    }
    expect(opened).toEqual([])
  })

  test.for([
    '',
    '.',
    '....',
    'null',
    '2~',
    '9~abc',
    '%00%0d%0a',
    '\u0000',
    'é'.repeat(10),
    'a'.repeat(100_000),
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.',
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....',
    'eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwicDJjIjoxMDAwMDAwMDAsInAycyI6ImEifQ.YQ.YQ.YQ.YQ',
  ])('%j', async (value) => {
    expect(await aStore().read([{ name, value }])).toBeUndefined()
  })

  test('what was sealed by the same secret for a login that is under way', async () => {
    const login = createSealer('login', () => [secret])
    const { user, ...session } = aSession()
    const value = await login.seal({ ...session, sub: user.id }, start + day)

    expect(await login.open(value, start)).toMatchObject({ sub: user.id })
    expect(await aStore().read([{ name, value }])).toBeUndefined()
  })

  test('claims of another version', async () => {
    const sealer = createSealer('session', () => [secret])
    const value = await sealer.seal({ sub: 'usr_1', refreshToken: 'r' }, start + day)

    expect(await aStore().read([{ name, value }])).toBeUndefined()
  })
})

describe('secrets', () => {
  test('the first one seals, all open', async () => {
    const old = await written(aStore({ secrets: [olderSecret] }), aSession())
    const both = aStore({ secrets: [secret, olderSecret] })

    expect(await both.read(old)).toEqual(aSession())
    const fresh = await written(both, aSession())
    expect(await aStore({ secrets: [secret] }).read(fresh)).toEqual(aSession())
    expect(await aStore({ secrets: [olderSecret] }).read(fresh)).toBeUndefined()
  })

  test('a cookie of a secret that is gone means that nobody is logged in', async () => {
    const old = await written(aStore({ secrets: [olderSecret] }), aSession())

    expect(await aStore().read(old)).toBeUndefined()
  })
})

describe('nextjs-auth0 #2011: a login that is too long for one cookie', () => {
  const long = aSession({ refreshToken: 'r'.repeat(3_500) })

  test('is in two, each as small as a browser takes', async () => {
    const store = aStore()
    const cookies = await written(store, long)

    expect(cookies.map(({ name }) => name)).toEqual(['__Host-vk-session', '__Host-vk-session.1'])
    for (const { name, value } of cookies) expect(`${name}=${value}`.length).toBeLessThan(4_096)
    expect(await store.read(cookies)).toEqual(long)
    expect(await store.read(cookies.slice(0, 1))).toBeUndefined()
    expect(await store.read(cookies.slice(1))).toBeUndefined()
  })

  test('and one that is too long for two is refused, before any browser drops it in silence', async () => {
    const huge = aSession({ refreshToken: 'r'.repeat(6_000) })

    await expect(aStore().write(huge, [])).rejects.toMatchObject({ code: 'protocol_error' })
  })

  test('nextjs-auth0 #2784: what is left over of a longer one is removed, and never taken in', async () => {
    const store = aStore()
    const before = [
      ...(await written(store, long)),
      { name: '__Host-vk-session.7', value: 'left over' },
      { name: 'mine', value: '1' },
    ]

    const after = await written(store, aSession(), before)

    expect(after.map(({ name }) => name).toSorted()).toEqual(['__Host-vk-session', 'mine'])
    const orphan = { name: '__Host-vk-session.1', value: 'orphan' }
    expect(await store.read([...after, orphan])).toEqual(aSession())
    expect(store.end(undefined, [...before, orphan]).map(({ name }) => name)).toEqual([
      '__Host-vk-session',
      '__Host-vk-session.1',
      '__Host-vk-session.7',
      '__Host-vk-session.1',
    ])
  })
})
