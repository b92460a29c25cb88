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

  test('RV-41: who acted before stays inside, as history, under its own issuer', () => {
    const actor = { subject: 'second', issuer: VAULT, actor: { subject: 'first' } }

    expect(decide({ subject: { actor } })).toEqual({
      ok: true,
      value: {
        subject: 'my-agent',
        // Without issuer it is a client of this vault; a name of the login system does not become one.
        actor: { subject: 'second', actor: { subject: 'first', issuer: LOGIN } },
      },
    })
  })

  test('RV-40: a client of this vault is called the same, whether or not a token names it', () => {
    const presented = { issuer: VAULT, subject: 'my-agent' }

    expect(decide({ presented })).toEqual(decide({}))
  })

  test('RV-41: a chain that comes back to its actor is refused', () => {
    const actor = { subject: 'other', actor: { subject: 'my-agent', issuer: VAULT } }

    expect(decide({ subject: { actor } })).toEqual({
      ok: false,
      refusal: { reason: 'actor_repeated' },
    })
  })

  test('RV-41: who acts twice running has handed nothing on, and stands in the chain once', () => {
    const actor = { subject: 'my-agent', issuer: VAULT, actor: { subject: 'first', issuer: VAULT } }

    expect(decide({ subject: { actor } })).toEqual({
      ok: true,
      value: { subject: 'my-agent', actor: { subject: 'first' } },
    })
  })

  test('RV-41: a namesake of another issuer is somebody else', () => {
    const decideAfter = (namesake: Actor): boolean =>
      decide({ subject: { actor: { subject: 'between', actor: namesake } } }).ok

    expect(decideAfter({ subject: 'my-agent', issuer: LOGIN })).toBe(true)
    // Without issuer it is the name of whose token it is.
    expect(decideAfter({ subject: 'my-agent' })).toBe(true)
    expect(decideAfter({ subject: 'my-agent', issuer: VAULT })).toBe(false)
  })

  test('RV-41: a chain takes 4 KiB at most', () => {
    const named = (length: number): Partial<Subject> => ({
      actor: {
        subject: 'é'.repeat(length / 2),
        issuer: LOGIN,
        actor: { subject: 'x'.repeat(1_024), issuer: LOGIN },
      },
    })

    expect(decide({ subject: named(1_024) }).ok).toBe(true)
    expect(decide({ subject: named(3_072) })).toEqual({
      ok: false,
      refusal: { reason: 'actor_chain_too_long' },
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
      length === 1 ? { subject: 'a1' } : { subject: `a${length}`, actor: chain(length - 1) }

    expect(decide({ subject: { actor: chain(4) } }).ok).toBe(true)
    expect(decide({ subject: { actor: chain(5) } })).toEqual({
      ok: false,
      refusal: { reason: 'actor_chain_too_long' },
    })
  })
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
