import { describe, expect, test } from 'vitest'

import type { AuditEvent } from '../domain/audit-event.ts'
import type { UserStore } from '../ports/user-store.ts'
import { addIdentity, notAddedUri } from './add-identity.ts'

const NOW = 10_000
const ISSUER = 'https://vault.example.com/'

async function add(
  authenticatedAt: number | undefined,
  outcome: 'added' | 'known' | 'taken' = 'added',
) {
  const events: AuditEvent[] = []
  const added: unknown[] = []
  const users: UserStore = {
    findByIdentity: async () => undefined,
    findOrCreate: async ({ userId }) => userId,
    listIdentities: async () => [],
    addIdentity: async (request) => {
      added.push(request)
      return outcome
    },
    removeIdentity: async () => 'not_found',
  }
  const result = await addIdentity(
    {
      tenant: 't',
      issuer: ISSUER,
      users,
      audit: {
        append: async (event) => {
          events.push(event)
        },
      },
      logger: { info: () => {}, warn: () => {}, error: () => {} },
    },
    {
      identity: { issuer: 'https://idp.example.com/', subject: 'bob' },
      authenticatedAt,
      userId: 'usr_1',
      event: { tenant: 't', at: NOW },
    },
  )
  return { location: result.ok ? result.value : undefined, added, events }
}

describe('what a second login adds', () => {
  test.each([undefined, NOW, NOW - 300, NOW + 5])(
    'is its identity, when the provider says that it was at %s',
    async (authenticatedAt) => {
      const { location, added } = await add(authenticatedAt)

      expect(location).toBe(`${ISSUER}account`)
      expect(added).toHaveLength(1)
    },
  )

  test('is nothing when the provider says that the person logged in long ago', async () => {
    const { location, added, events } = await add(NOW - 361)

    expect(location).toBe(`${ISSUER}account/not-added/stale`)
    expect(added).toEqual([])
    expect(events).toMatchObject([{ type: 'identity.refused', reason: 'identity_stale' }])
  })

  test('is nothing new when it was there', async () => {
    expect((await add(NOW, 'known')).location).toBe(`${ISSUER}account`)
    expect((await add(NOW, 'taken')).location).toBe(`${ISSUER}account/not-added/taken`)
  })
})

test('a login that did not come to its end leads back, or says why', () => {
  expect(notAddedUri(ISSUER, { kind: 'error', error: 'access_denied' })).toBe(`${ISSUER}account`)
  expect(notAddedUri(ISSUER, { kind: 'error', error: 'temporarily_unavailable' })).toBe(
    `${ISSUER}account/not-added/unavailable`,
  )
})
