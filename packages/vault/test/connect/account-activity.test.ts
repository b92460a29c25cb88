import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { aClient, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { aUser, connect } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

describe('GET accounts/{id}/activity', () => {
  test('R28: tells what happened to the account, latest first, page by page', async () => {
    const identity = aUser('watcher')
    const account = await connect(world, identity)
    await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    const token = await world.bearer(identity)
    for (const label of ['One', 'Two', 'Three']) {
      world.advance(1)
      await world.call('PATCH', `/accounts/${account.id}`, { token, body: { label } })
    }

    const path = `/accounts/${account.id}/activity`
    const whole = await world.call('GET', path, { token })
    const first = await world.call('GET', `${path}?take=3`, { token })
    const second = await world.call('GET', `${path}?take=3&from=${first.body.next}`, { token })

    expect(whole.body.activity?.map(({ type }) => type)).toEqual([
      'account.relabelled',
      'account.relabelled',
      'account.relabelled',
      'account.connected',
      'consent.given',
    ])
    expect(whole.body.activity?.at(-2)).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      type: 'account.connected',
      outcome: 'success',
      client_id: 'calendar-agent',
      scopes: account.scopes,
    })
    expect(whole.body).not.toHaveProperty('next')
    expect([...(first.body.activity ?? []), ...(second.body.activity ?? [])]).toEqual(
      whole.body.activity,
    )
    expect(second.body).not.toHaveProperty('next')
  })

  test('shows what other clients did, too: it is the user’s to know', async () => {
    const identity = aUser('shared')
    const account = await connect(world, identity)
    world.clients.set('second-agent', aClient({ id: 'second-agent' }))
    const token = await world.bearer(identity, { clientId: 'second-agent' })

    const answer = await world.call('GET', `/accounts/${account.id}/activity`, { token })

    expect(answer.body.activity).toMatchObject([
      { type: 'account.connected', client_id: 'calendar-agent' },
      { type: 'consent.given', client_id: 'calendar-agent' },
    ])
  })

  test('is nobody else’s to see: unknown and foreign accounts look the same', async () => {
    const account = await connect(world, aUser('private'))
    const stranger = aUser('curious')
    await connect(world, stranger)
    const token = await world.bearer(stranger)
    const narrow = await world.bearer(aUser('private'), { clientId: 'other-agent' })

    const answers = await Promise.all([
      world.call('GET', `/accounts/${account.id}/activity`, { token }),
      world.call('GET', '/accounts/cac_nothing/activity', { token }),
      world.call('GET', '/accounts/no-id/activity', { token }),
      world.call('GET', `/accounts/${account.id}/activity`, { token: narrow }),
    ])

    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 404, body: answers[0]?.body })
    }
  })

  test('the cursor of one account is none of another', async () => {
    const identity = aUser('two-accounts')
    const google = await connect(world, identity)
    const github = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    const token = await world.bearer(identity)
    await world.call('PATCH', `/accounts/${google.id}`, { token, body: { label: 'Work' } })
    const page = await world.call('GET', `/accounts/${google.id}/activity?take=1`, { token })

    const answer = await world.call(
      'GET',
      `/accounts/${github.id}/activity?from=${page.body.next}`,
      { token },
    )

    expect(page.body.next).toEqual(expect.any(String))
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test.each(['take=0', 'take=21', 'from=', 'from=x', 'connection=github', 'a=b'])(
    'refuses the query %s',
    async (query) => {
      const identity = aUser('asker')
      const account = await connect(world, identity)
      const token = await world.bearer(identity)

      const answer = await world.call('GET', `/accounts/${account.id}/activity?${query}`, { token })

      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    },
  )
})

describe('calls are counted', () => {
  test('by user and client, and each answer says what is left', async () => {
    const own = await startConnectWorld({ callsPerMinute: 3 })
    try {
      const token = await own.bearer(aUser('busy'))
      const answers = []
      for (let i = 0; i < 4; i++) answers.push(await own.call('GET', '/accounts', { token }))
      const idle = await own.call('GET', '/accounts', { token: await own.bearer(aUser('idle')) })
      const elsewhere = await own.call('GET', '/accounts', {
        token: await own.bearer(aUser('busy'), { clientId: 'other-agent' }),
      })
      const unknown = await own.call('GET', '/accounts', { token: 'garbage' })

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
      expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual([
        '2',
        '1',
        '0',
        '0',
      ])
      const [, , , refused] = answers
      expect(refused?.body).toMatchObject({ code: 'too_many_requests' })
      expect(refused?.headers.get('x-ratelimit-limit')).toBe('3')
      const wait = Number(refused?.headers.get('retry-after'))
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(60)
      const reset = Number(refused?.headers.get('x-ratelimit-reset'))
      expect(Math.abs(reset - own.now() - wait)).toBeLessThanOrEqual(1)
      expect([idle.status, elsewhere.status]).toEqual([200, 200])
      expect(unknown.headers.has('x-ratelimit-limit')).toBe(false)
    } finally {
      await own.close()
    }
  })
})
