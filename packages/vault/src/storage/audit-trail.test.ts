import { afterEach, beforeEach, expect, test } from 'vitest'

import { createAuditTrail } from './audit-trail.ts'
import { anAuditWorld, type AuditWorld, anEvent, TENANT } from './audit.fixture.ts'

let world: AuditWorld
beforeEach(async () => {
  world = await anAuditWorld()
})
afterEach(() => {
  world.close()
})

function trail() {
  const { database, keys, errors } = world
  const logger = { error: (message: string) => errors.push(message) }
  return createAuditTrail({ database, tenant: TENANT, keys, logger })
}

/** Events of the account and another one, by two processes whose records have no common order. */
async function fill(): Promise<void> {
  const [first, second] = [world.log('first'), world.log('second')]
  for (const at of [1_001, 1_003, 1_003]) await first.append(anEvent({ at }))
  for (const at of [1_002, 1_003]) await second.append(anEvent({ at }))
  await first.append(anEvent({ at: 1_004, accountId: 'cac_2' }))
  await first.append(anEvent({ at: 1_005, accountId: undefined }))
  await Promise.all([first.close(), second.close()])
}

test('gives the events of one account by all processes, latest first', async () => {
  await fill()

  const events = await trail().ofAccount({ accountId: 'cac_1', limit: 20 })

  expect(events.map(({ at }) => at)).toEqual([1_003, 1_003, 1_003, 1_002, 1_001])
  expect(events[0]).toMatchObject({
    type: 'token.exchanged',
    outcome: 'success',
    clientId: 'my-agent',
  })
})

test.each([1, 2, 3])('pages by %i without losing or repeating any', async (limit) => {
  await fill()
  const whole = await trail().ofAccount({ accountId: 'cac_1', limit: 20 })

  const paged = []
  for (let before: string | undefined; ;) {
    const page = await trail().ofAccount({ accountId: 'cac_1', before, limit })
    paged.push(...page)
    before = page.at(-1)?.position
    if (page.length < limit) break
  }

  expect(paged).toEqual(whole)
})

test('keeps chains of actors, scopes and reasons', async () => {
  const log = world.log('first')
  const event = anEvent({
    type: 'token.exchange_refused',
    outcome: 'refused',
    reason: 'scopes_missing',
    scopes: ['a', 'b'],
    actor: { subject: 'agent', actor: { subject: 'other', issuer: 'https://idp.example' } },
  })
  await log.append(event)
  await log.close()

  const [found] = await trail().ofAccount({ accountId: 'cac_1', limit: 1 })

  const { reason, scopes, actor, outcome } = event
  expect(found).toMatchObject({ reason, scopes, actor, outcome })
})

test.each([
  ['the text of a record', "update audit_events set event = replace(event, 'my-agent', 'other')"],
  ['the account it is looked up by', "update audit_events set account_id = 'cac_2'"],
  ['the time it is looked up by', 'update audit_events set occurred_at = 7'],
  ['the version of its key', 'update audit_events set key_version = 9'],
])('shows nothing of what was altered: %s', async (_, sql) => {
  await fill()
  world.tamper(`${sql} where account_id = 'cac_1' and occurred_at = 1002`)

  const events = [
    ...(await trail().ofAccount({ accountId: 'cac_1', limit: 20 })),
    ...(await trail().ofAccount({ accountId: 'cac_2', limit: 20 })),
  ]

  expect(events.map(({ at }) => at)).toEqual([1_003, 1_003, 1_003, 1_001, 1_004])
  expect(world.errors).toEqual([expect.stringContaining('cannot be verified')])
})

test('shows nothing that a disabled key would have to verify, and fails while keys are away', async () => {
  await fill()
  const failure = (code: string) => ({
    byVersion: async () => {
      throw Object.assign(new Error(code), { code })
    },
  })
  const { database, errors } = world
  const shared = {
    database,
    tenant: TENANT,
    logger: { error: (message: string) => errors.push(message) },
  }
  const query = { accountId: 'cac_1', limit: 20 }

  const disabled = createAuditTrail({ ...shared, keys: failure('key_version_refused') })
  const away = createAuditTrail({ ...shared, keys: failure('key_service_mismatch') })

  expect(await disabled.ofAccount(query)).toEqual([])
  expect(errors).toHaveLength(5)
  await expect(away.ofAccount(query)).rejects.toThrow('key_service_mismatch')
})

test('fills a page although records on it were altered', async () => {
  await fill()
  world.tamper(
    "update audit_events set mac = zeroblob(32) where account_id = 'cac_1' and occurred_at = 1003",
  )

  const events = await trail().ofAccount({ accountId: 'cac_1', limit: 2 })

  expect(events.map(({ at }) => at)).toEqual([1_002, 1_001])
})
