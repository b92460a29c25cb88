import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Api } from './api.ts'
import { aClient } from './client.fixture.ts'
import type { Client } from './client.ts'
import { type ApiTokenQuestion, decideApiToken } from './decide-api-token.ts'
import { missingScopes } from './scope.ts'
import type { Subject } from './subject.ts'

const NOW = 1_800_000_000
const VAULT = 'https://vault.example.com/'
const ORDERS = 'https://orders.example.com'

describe('decideApiToken', () => {
  test('RV-42: gives what client, API and subject have in common', () => {
    const question = {
      client: anAgent(['read', 'write', 'admin']),
      api: anApi({ scopes: ['read', 'write'] }),
    }

    expect(decide({ ...question, subject: aSubject() })).toMatchObject({
      value: { scopes: ['read', 'write'] },
    })
    expect(decide({ ...question, subject: aSubject({ scopes: ['read', 'admin'] }) })).toMatchObject(
      {
        value: { scopes: ['read'] },
      },
    )
    expect(decide({ ...question, scopes: ['write'] })).toMatchObject({
      value: { scopes: ['write'] },
    })
  })

  test.each<[string, Partial<ApiTokenQuestion>]>([
    ['the client`s', { client: anAgent(['read']) }],
    ['the API`s', { api: anApi({ scopes: ['read'] }) }],
    ['the subject`s', { subject: aSubject({ scopes: ['read'] }) }],
  ])('RV-42: refuses what is not among %s', (_, question) => {
    expect(decide({ ...question, scopes: ['read', 'write'] })).toEqual({
      ok: false,
      refusal: { reason: 'scopes_not_allowed', scopes: ['write'] },
    })
  })

  test('RV-42: gives no token that may do nothing in place of one that may do something', () => {
    expect(decide({ subject: aSubject({ scopes: [] }) })).toMatchObject({
      refusal: { reason: 'scopes_not_allowed' },
    })
    expect(decide({ subject: aSubject({ scopes: ['other'] }) })).toMatchObject({
      refusal: { reason: 'scopes_not_allowed' },
    })
  })

  test('gives a token without scopes for an API that the client needs none of', () => {
    expect(decide({ client: anAgent([]), subject: aSubject({ scopes: [] }) })).toMatchObject({
      value: { scopes: [] },
    })
  })

  test('RV-45: lives as long as the API says, and no longer than the subject`s token', () => {
    expect(decide({})).toMatchObject({ value: { expiresAt: NOW + 600 } })
    expect(decide({ subject: aSubject({ expiresAt: NOW + 60 }) })).toMatchObject({
      value: { expiresAt: NOW + 60 },
    })
  })

  test('RV-45: nothing is made from a token that has just expired', () => {
    expect(decide({ subject: aSubject({ expiresAt: NOW }) })).toEqual({
      ok: false,
      refusal: {
        reason: 'subject_token_invalid',
        why: { reason: 'expired', expiredAt: NOW },
      },
    })
  })

  test('tells an API that does not exist from one that the client does not list', () => {
    expect(decide({ api: undefined })).toMatchObject({ refusal: { reason: 'unknown_api' } })
    for (const identifier of ['https://other.example.com', `${ORDERS}/`, '__proto__']) {
      expect(decide({ api: anApi({ identifier }) })).toMatchObject({
        refusal: { reason: 'api_not_allowed' },
      })
    }
  })

  test('R2: a client signs for its users at connections, and not at APIs', () => {
    expect(decide({ subject: aSubject({ kind: 'client_signed' }) })).toMatchObject({
      refusal: { reason: 'api_not_allowed' },
    })
  })

  test('R8: a client that needs the user`s consent gets nothing while none can be given', () => {
    const client = anAgent(['read', 'write'], { consent: 'ask' })

    expect(decide({ client })).toMatchObject({ refusal: { reason: 'consent_required' } })
  })

  test('R5, RV-39: impersonates by the client`s policy alone', () => {
    const semantics = 'impersonation' as const

    expect(decide({ semantics })).toMatchObject({
      refusal: { reason: 'impersonation_not_allowed' },
    })
    const client = anAgent(['read', 'write'], { impersonation: 'allow' })
    expect(decide({ semantics, client }).ok).toBe(true)
  })

  const scope = fc.constantFrom('read', 'write', 'admin', 'delete', 'list')
  const scopes = fc.uniqueArray(scope)
  test('T23: whatever the chain, what is derived can do no more than what it came from, nor for longer', () => {
    const step = fc.record({
      client: scopes,
      api: scopes,
      asked: fc.option(scopes, { nil: undefined }),
      lifetimeSeconds: fc.integer({ min: 60, max: 86_400 }),
      elapsedSeconds: fc.nat(600),
    })
    fc.assert(
      fc.property(
        fc.option(scopes, { nil: undefined }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        (first, steps) => {
          let parent = aSubject({ scopes: first, expiresAt: NOW + 3_000 })
          let now = NOW
          for (const { client, api, asked, lifetimeSeconds, elapsedSeconds } of steps) {
            now += elapsedSeconds
            const decision = decide({
              client: anAgent(client),
              api: anApi({ scopes: api, tokenLifetimeSeconds: lifetimeSeconds }),
              subject: parent,
              scopes: asked,
              now,
            })
            if (!decision.ok) continue
            const child = decision.value
            for (const bound of [
              client,
              api,
              parent.scopes ?? child.scopes,
              asked ?? child.scopes,
            ]) {
              expect(missingScopes(child.scopes, bound)).toEqual([])
            }
            expect(child.expiresAt).toBeLessThanOrEqual(parent.expiresAt)
            expect(child.expiresAt).toBeGreaterThan(now)
            parent = aSubject({ scopes: child.scopes, expiresAt: child.expiresAt })
          }
        },
      ),
    )
  })
})

function anAgent(scopes: readonly string[], overrides: Partial<Client> = {}): Client {
  return aClient({ apis: { [ORDERS]: { scopes } }, ...overrides })
}

function anApi(overrides: Partial<Api> = {}): Api {
  return {
    tenant: 'default',
    identifier: ORDERS,
    name: 'Orders',
    scopes: ['read', 'write'],
    tokenLifetimeSeconds: 600,
    algorithm: 'RS256',
    ...overrides,
  }
}

function aSubject(overrides: Partial<Subject> = {}): Subject {
  return {
    kind: 'vault_access_token',
    identity: { issuer: VAULT, subject: 'usr_alice' },
    expiresAt: NOW + 9_999,
    ...overrides,
  }
}

function decide(question: Partial<ApiTokenQuestion>): ReturnType<typeof decideApiToken> {
  return decideApiToken({
    client: anAgent(['read', 'write']),
    api: anApi(),
    subject: aSubject(),
    semantics: 'delegation',
    now: NOW,
    ...question,
  })
}
