import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { aClient, CALENDAR, type ConnectWorld, MAIL, startConnectWorld } from './connect-world.ts'
import { agree, answerOf, aUser, type Begun, begin, complete, connect } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
  world.clients.set('guest', aClient({ id: 'guest', name: 'Guest', consent: 'ask' }))
})
afterAll(async () => {
  await world.close()
})

const AGENT = { issuer: 'https://agents.example.com/', subject: 'planner' }

function allowedTo(clientId: string, name: string, more: { actor?: typeof AGENT } = {}) {
  const place = { tenant: 'default', userId: `usr_${name}`, connection: 'google-oauth2' }
  return world.consents.find({ ...place, clientId, ...more })
}

async function beginAs(
  clientId: string,
  name: string,
  body: Record<string, unknown> = {},
  actor?: typeof AGENT,
): Promise<Begun> {
  const token = await world.bearer(aUser(name), { clientId, ...(actor && { actor }) })
  return await begin(world, aUser(name), body, token)
}

function eventsOf(type: string, name: string) {
  return world.events.filter((event) => event.type === type && event.userId === `usr_${name}`)
}

describe('a consent', () => {
  test('RV-70: is there when the flow is completed, and not before', async () => {
    const begun = await beginAs('guest', 'steps')
    const page = await begun.browser.open(begun.pageUrl)
    expect(await allowedTo('guest', 'steps')).toEqual([])
    const end = await begun.browser.follow(await begun.browser.submit(page, 'approve'))
    expect(answerOf(end)['connect_code']).toBeDefined()
    expect(await allowedTo('guest', 'steps')).toEqual([])

    const { body } = await complete(world, begun, end)

    const scopes = ['openid', 'email', CALENDAR]
    expect(await allowedTo('guest', 'steps')).toEqual([{ accountId: body['id'], scopes }])
    expect(eventsOf('consent.given', 'steps')).toEqual([
      expect.objectContaining({
        outcome: 'success',
        clientId: 'guest',
        connection: 'google-oauth2',
        accountId: body['id'],
        scopes,
      }),
    ])
  })

  test('is not there when the person says no', async () => {
    const begun = await beginAs('guest', 'no')

    await begun.browser.submit(await begun.browser.open(begun.pageUrl), 'deny')

    expect(await allowedTo('guest', 'no')).toEqual([])
  })

  test('is not there when somebody else completes', async () => {
    const begun = await beginAs('guest', 'other')
    const end = await agree(begun)

    for (const token of [
      await world.bearer(aUser('thief'), { clientId: 'guest' }),
      await world.bearer(aUser('other'), { clientId: 'calendar-agent' }),
    ]) {
      expect((await complete(world, { ...begun, token }, end)).status).toBe(404)
    }
    expect(await allowedTo('guest', 'other')).toEqual([])
    expect(await allowedTo('guest', 'thief')).toEqual([])
    expect(await allowedTo('calendar-agent', 'other')).toEqual([])
  })

  test('leaves out what the person took away at the provider', async () => {
    world.emulator.decideConsent('google', {
      decision: 'allow',
      user: 'bob',
      scopes: ['openid', 'email'],
    })
    const begun = await beginAs('guest', 'less')

    await complete(world, begun, await agree(begun))

    expect(await allowedTo('guest', 'less')).toMatchObject([{ scopes: ['openid', 'email'] }])
  })

  test('R8: to a client of one`s own is recorded too, and once', async () => {
    await connect(world, aUser('implied'))
    await connect(world, aUser('implied'))

    expect(await allowedTo('calendar-agent', 'implied')).toMatchObject([
      { scopes: ['openid', 'email', CALENDAR] },
    ])
    expect(eventsOf('consent.given', 'implied')).toHaveLength(1)
  })

  test('R8: names the agent of the token that the flow was started with', async () => {
    const begun = await beginAs('guest', 'agent', {}, AGENT)
    const page = await begun.browser.open(begun.pageUrl)
    expect(page.html).toContain('<bdi>planner</bdi>')
    expect(page.html).toContain('<bdi>https://agents.example.com/</bdi>')

    await complete(world, begun, await agree(begun))

    expect(await allowedTo('guest', 'agent')).toEqual([])
    expect(await allowedTo('guest', 'agent', { actor: AGENT })).toHaveLength(1)
    expect(eventsOf('consent.given', 'agent')).toMatchObject([{ actor: AGENT }])
    expect(eventsOf('connect.started', 'agent')).toMatchObject([{ actor: AGENT }])
  })

  test('shows a new client all that the account`s token can do, whoever asked for it', async () => {
    await connect(world, aUser('shown'), { scopes: [MAIL] })
    const begun = await beginAs('guest', 'shown', { scopes: [CALENDAR] })

    const { html } = await begun.browser.open(begun.pageUrl)

    const words = html.replaceAll(/<wbr\s*\/?>/g, '')
    for (const scope of [CALENDAR, MAIL]) expect(words).toContain(`<code>${scope}</code>`)
    expect(html).toContain('Guest')
  })

  test('goes through the provider though nothing is missing there: a client could press our button itself', async () => {
    await connect(world, aUser('again'))
    const begun = await beginAs('guest', 'again')

    const page = await begun.browser.open(begun.pageUrl)
    const { location } = await begun.browser.submit(page, 'approve')

    expect(new URL(location ?? '').searchParams.get('response_type')).toBe('code')
  })

  test('of two approvals that complete at once, both are in it', async () => {
    const first = await beginAs('guest', 'race', { scopes: [CALENDAR] })
    const second = await beginAs('guest', 'race', { scopes: [MAIL] })
    const firstEnd = await agree(first)
    const secondEnd = await agree(second)
    world.interrupt('findOnConnection', async () => {
      expect((await complete(world, second, secondEnd)).status).toBe(201)
    })

    expect((await complete(world, first, firstEnd)).status).toBe(201)

    const [consent, ...others] = await allowedTo('guest', 'race')
    expect(others).toEqual([])
    expect(consent?.scopes.toSorted()).toEqual(['openid', 'email', CALENDAR, MAIL].toSorted())
  })

  test('of two that complete one approval, one does, and it is given once', async () => {
    const begun = await beginAs('guest', 'twice')
    const end = await agree(begun)

    const answers = await Promise.all(Array.from({ length: 8 }, () => complete(world, begun, end)))

    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404)).toHaveLength(7)
    expect(eventsOf('consent.given', 'twice')).toHaveLength(1)
  })

  test('is not reported before it is in the audit log', async () => {
    const begun = await beginAs('guest', 'audit')
    const end = await agree(begun)
    world.setAudit('down')

    const { status } = await complete(world, begun, end)

    world.setAudit('up')
    expect(status).toBe(503)
  })
})

describe('the list and the end of consents', () => {
  test('goes page by page, by client', async () => {
    const name = 'pages'
    for (const id of ['a-client', 'b-client', 'c-client']) {
      world.clients.set(id, aClient({ id }))
      const begun = await beginAs(id, name)
      await complete(world, begun, await agree(begun))
    }
    const token = await world.bearer(aUser(name))
    const clientsOf = async (query: string): Promise<readonly [unknown, string | undefined]> => {
      const { status, body } = await world.call('GET', `/consents?${query}`, { token })
      expect(status).toBe(200)
      return [body['consents'], body.next]
    }
    const client = (client_id: string) => expect.objectContaining({ client_id })

    const [firstPage, next] = await clientsOf('take=2')
    expect(firstPage).toEqual([client('a-client'), client('b-client')])
    expect(next).toMatch(/^[\w-]+$/)
    expect(await clientsOf(`take=2&from=${String(next)}`)).toEqual([
      [client('c-client')],
      undefined,
    ])
    expect(await clientsOf(`take=2&next=${String(next)}`)).toEqual([
      [client('c-client')],
      undefined,
    ])
    const forged = await world.call('GET', '/consents?from=b-client', { token })
    expect(forged.status).toBe(400)
    world.clients.delete('a-client')
    const [unregistered] = await clientsOf('take=1')
    expect(unregistered).toEqual([
      { client_id: 'a-client', consent: 'ask', allowed: [expect.anything()] },
    ])
  })

  test('a user who never connected has none', async () => {
    const token = await world.bearer(aUser('nobody'))

    expect((await world.call('GET', '/consents', { token })).body).toEqual({ consents: [] })
    expect((await world.call('DELETE', '/consents/guest', { token })).status).toBe(404)
  })

  test('one user`s is not another`s to end', async () => {
    const begun = await beginAs('guest', 'victim')
    await complete(world, begun, await agree(begun))
    await connect(world, aUser('attacker'))

    const token = await world.bearer(aUser('attacker'))
    const { status } = await world.call('DELETE', '/consents/guest', { token })

    expect(status).toBe(404)
    expect(await allowedTo('guest', 'victim')).toHaveLength(1)
  })

  test.each([
    ['GET', '/consents?take=0', 400],
    ['GET', '/consents?take=21', 400],
    ['GET', '/consents?from=a&next=b', 400],
    ['GET', '/consents?from=%00', 400],
    ['GET', `/consents?from=${'x'.repeat(129)}`, 400],
    ['GET', '/consents?user_id=usr_1', 400],
    ['GET', '/consents?take=1&take=2', 400],
    ['DELETE', '/consents/guest?connection=a&connection=b', 400],
    ['DELETE', '/consents/guest?account=cac_1', 400],
    ['DELETE', '/consents/guest?connection=', 400],
    ['DELETE', '/consents/guest?connection=%00', 400],
    ['DELETE', '/consents/guest?connection=constructor', 404],
    ['DELETE', '/consents/%00', 404],
    ['DELETE', '/consents/__proto__', 404],
    ['DELETE', '/consents/%25', 404],
    ['DELETE', '/consents/%ED%A0%80', 404],
    ['DELETE', `/consents/${'x'.repeat(5_000)}`, 404],
    ['DELETE', "/consents/' or 1=1 --", 404],
    ['DELETE', '/consents/gue%25', 404],
  ])('%s %s is answered %i', async (method, path, status) => {
    const token = await world.bearer(aUser('steps'))

    const answer = await world.call(method, path, { token })

    expect(answer.status).toBe(status)
    expect(await allowedTo('guest', 'steps')).toHaveLength(1)
  })

  test('an unavailable audit log is no success', async () => {
    const begun = await beginAs('guest', 'revoke-audit')
    await complete(world, begun, await agree(begun))
    const token = await world.bearer(aUser('revoke-audit'))
    world.setAudit('down')

    const { status } = await world.call('DELETE', '/consents/guest', { token })

    world.setAudit('up')
    expect(status).toBe(503)
    // It is taken back all the same: that is the safe side.
    expect(await allowedTo('guest', 'revoke-audit')).toEqual([])
  })

  test('says who took it back', async () => {
    const begun = await beginAs('guest', 'who')
    await complete(world, begun, await agree(begun))
    const token = await world.bearer(aUser('who'))

    await world.call('DELETE', '/consents/guest?connection=google-oauth2', { token })

    expect(eventsOf('consent.revoked', 'who')).toMatchObject([
      {
        clientId: 'guest',
        connection: 'google-oauth2',
        details: { records: 1, by_client: 'calendar-agent' },
      },
    ])
  })
})
