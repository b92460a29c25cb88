import { describe, expect, test } from 'vitest'

import { decideActor } from './decide-actor.ts'
import type { Actor } from './identity.ts'
import type { Subject } from './subject.ts'

const LOGIN = 'https://login.example.com/'
const VAULT = 'https://vault.example.com/'

describe('decideActor', () => {
  test('without an actor token the client is the actor', () => {
    expect(decide({})).toEqual({ ok: true, value: { subject: 'my-agent' } })
  })

  test('an actor token names the actor', () => {
    const presented = { issuer: LOGIN, subject: 'robot' }

    expect(decide({ presented })).toEqual({
      ok: true,
      value: { subject: 'robot', issuer: LOGIN },
    })
  })

  test('RV-41: who acted before stays inside, as history', () => {
    expect(decide({ subject: { actor: { subject: 'first' } } })).toEqual({
      ok: true,
      value: { subject: 'my-agent', actor: { subject: 'first' } },
    })
  })

  test.each<[string, Subject['mayAct'], boolean]>([
    ['the actor and its issuer', { subject: 'robot', issuer: LOGIN }, true],
    ['the actor', { subject: 'robot' }, true],
    ['another actor', { subject: 'other', issuer: LOGIN }, false],
    ['another issuer', { subject: 'robot', issuer: 'https://evil.example.com/' }, false],
    ['the client behind the actor', { subject: 'my-agent', issuer: VAULT }, false],
  ])('RV-40: may_act that names %s', (_, mayAct, isPermitted) => {
    const presented = { issuer: LOGIN, subject: 'robot' }

    expect(decide({ presented, subject: { mayAct } }).ok).toBe(isPermitted)
  })

  test.each<[string, Subject['mayAct'], boolean]>([
    ['a namesake of the client, of the subject’s own issuer', { subject: 'my-agent' }, false],
    ['the client at this vault', { subject: 'my-agent', issuer: VAULT }, true],
    ['another client', { subject: 'other' }, false],
    ['a namesake elsewhere', { subject: 'my-agent', issuer: LOGIN }, false],
  ])('RV-40: may_act that names %s, without an actor token', (_, mayAct, isPermitted) => {
    expect(decide({ subject: { mayAct } }).ok).toBe(isPermitted)
  })

  test('RV-40: a namesake from a third issuer is not the one that may act', () => {
    const presented = { issuer: 'https://evil.example.com/', subject: 'robot' }

    expect(decide({ presented, subject: { mayAct: { subject: 'robot' } } })).toEqual({
      ok: false,
      refusal: { reason: 'actor_not_permitted' },
    })
  })

  test('RV-41: a chain is five long at most', () => {
    const chain = (length: number): Actor =>
      length === 1 ? { subject: 'a' } : { subject: 'a', actor: chain(length - 1) }

    expect(decide({ subject: { actor: chain(4) } }).ok).toBe(true)
    expect(decide({ subject: { actor: chain(5) } }).ok).toBe(false)
  })
})

test('RV-41: a chain that is too large to be kept is refused', () => {
  const long = (length: number): Actor => ({
    subject: 'a'.repeat(1_000),
    issuer: 'b'.repeat(length),
    actor: { subject: 'c'.repeat(1_000), issuer: 'd'.repeat(1_000) },
  })

  expect(decide({ subject: { actor: long(900) } }).ok).toBe(true)
  expect(decide({ subject: { actor: long(1_024) } }).ok).toBe(false)
})

test('RV-41: a chain that comes back to its actor is refused; acting twice running is no loop', () => {
  const presented = { issuer: LOGIN, subject: 'robot' }
  const between = (inner: Actor): Subject['actor'] => ({ subject: 'between', actor: inner })

  expect(decide({ presented, subject: { actor: between(presented) } }).ok).toBe(false)
  expect(decide({ presented, subject: { actor: presented } }).ok).toBe(true)
  expect(decide({ presented, subject: { actor: between({ subject: 'robot' }) } }).ok).toBe(true)
  expect(decide({ subject: { actor: between({ subject: 'my-agent' }) } }).ok).toBe(false)
})

function decide({
  subject = {},
  presented,
}: {
  subject?: Partial<Subject>
  presented?: { issuer: string; subject: string }
}) {
  return decideActor({
    subject: {
      kind: 'trusted_issuer',
      identity: { issuer: LOGIN, subject: 'alice' },
      expiresAt: 0,
      ...subject,
    },
    presented,
    clientId: 'my-agent',
    vaultIssuer: VAULT,
  })
}
