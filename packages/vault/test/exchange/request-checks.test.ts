import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  anExchange,
  type Answer,
  CALENDAR,
  type ExchangeWorld,
  ISSUER,
  startExchangeWorld,
} from './exchange-world.ts'

let world: ExchangeWorld
beforeAll(async () => {
  world = await startExchangeWorld()
  await world.connect()
  world.clients.set('no-grants', { ...world.agent, id: 'no-grants', grants: [] })
  world.clients.set('no-connections', { ...world.agent, id: 'no-connections', connections: {} })
})
afterAll(async () => {
  await world.close()
})

const FORM = 'application/x-www-form-urlencoded'

test.each([{ json: false }, { json: true }])(
  'RV-03: an empty parameter counts as absent (%o)',
  async (options) => {
    const empty = {
      scope: '',
      actor_token: '',
      actor_token_type: '',
      requested_token_type: '',
      resource: '',
      login_hint: '',
      force_refresh: '',
      client_assertion: '',
      client_assertion_type: '',
    }

    const answer = await world.node.post(await anExchange(world, empty), options)

    expect(answer).toMatchObject({ status: 200, body: { scope: CALENDAR } })
  },
)

test('RV-03: an empty parameter beside a full one is a repeated one', async () => {
  const body = new URLSearchParams(fieldsOf(await anExchange(world)))
  body.append('login_hint', '')
  body.append('login_hint', 'cac_1')

  expect((await world.node.post(body.toString())).body).toMatchObject({ error: 'invalid_request' })
})

test('RV-05: no answer is stored or guessed at, whatever it says', async () => {
  const token = await world.node.post(await anExchange(world))
  const refusal = await world.node.post(await anExchange(world, { scope: '"' }))
  const unauthenticated = await world.node.post(await anExchange(world, { client_secret: 'x' }))
  const wrongType = await world.node.post('{}', { headers: { 'content-type': 'text/plain' } })
  const tooLarge = await world.node.post(`a=${'b'.repeat(60_000)}`)
  world.setAudit('down')
  const outage = await world.node.post(await anExchange(world))
  world.setAudit('up')

  const answers = [token, refusal, unauthenticated, wrongType, tooLarge, outage]
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 401, 400, 413, 503])
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  }
})

/** Wrong in every way. Each step mends one thing, so that the next check is the one that answers. */
test('RV-10: of many things that are wrong, the first in order is answered', async () => {
  const allWrong = {
    client_id: 'no-grants',
    client_secret: 'wrong',
    subject_token_type: undefined,
    subject_token: 'none',
    scope: 'everything',
  }
  const twice = '&foo=1&foo=2'
  const broken = '&a=%ff'
  const large = `&b=${'c'.repeat(60_000)}`
  const wrong = new URLSearchParams(fieldsOf(await anExchange(world, allWrong))).toString()
  const send = async (method: string, type: string, body?: string): Promise<string> => {
    const init = { method, headers: { 'content-type': type }, ...(body !== undefined && { body }) }
    await world.node.send(new Request(`${ISSUER}oauth/token`, init))
    return lastCode()
  }
  const post = async (mended: Readonly<Record<string, string | undefined>>, user = 'stranger') => {
    const answer = await world.node.post(await anExchange(world, { ...allWrong, ...mended }, user))
    return answer.status === 200 ? 'a token' : lastCode()
  }
  const known = { client_secret: (await anExchange(world))['client_secret'] }
  const granted = { ...known, client_id: 'no-connections' }
  const complete = {
    ...granted,
    subject_token_type: (await anExchange(world))['subject_token_type'],
  }
  const stranger = { ...complete, subject_token: await world.subjectOf('stranger') }
  const permitted = { ...stranger, client_id: 'my-agent', scope: CALENDAR }
  const own = { ...permitted, subject_token: await world.subjectOf('alice') }

  expect([
    await send('GET', 'text/plain'),
    await send('POST', 'text/plain', wrong + twice + broken + large),
    await send('POST', FORM, wrong + twice + broken + large),
    await send('POST', FORM, wrong + twice + broken),
    await send('POST', FORM, wrong + twice),
    await send('POST', FORM, wrong),
    await post(known),
    await post(granted),
    await post(complete),
    await post(stranger),
    await post({ ...stranger, client_id: 'my-agent' }),
    await post(permitted),
    await post(own),
  ]).toEqual([
    'method_not_allowed',
    'unsupported_media_type',
    'body_too_large',
    'malformed_body',
    'repeated_parameter',
    'invalid_client',
    'unauthorized_client',
    'missing_parameter',
    'subject_token_invalid',
    'connection_not_allowed',
    'scopes_not_allowed',
    'not_connected',
    'a token',
  ])
})

/** Why the last request was refused, as the operator sees it. */
function lastCode(): string {
  return (
    /token request refused .*"code":"(\w+)"/.exec(world.logged().split('\n').at(-1) ?? '')?.[1] ??
    ''
  )
}

function fieldsOf(body: Awaited<ReturnType<typeof anExchange>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

test('RV-06: a description is plain, and repeats nothing of the request', async () => {
  const canary = 'canary7f3a'
  const odd = `"\\\n\u00e9<b>${canary}`
  const names = Object.keys(await anExchange(world))
  const answers: Answer[] = []
  for (const name of [...names, 'actor_token', 'resource', 'login_hint', 'force_refresh', 'x']) {
    answers.push(
      await world.node.post(await anExchange(world, { actor_token_type: 'x', [name]: odd })),
    )
  }

  for (const { status, text, body } of answers) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(text).not.toContain(canary)
  }
})
