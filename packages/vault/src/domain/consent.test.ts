import { expect, test } from 'vitest'

import { consentActorOf, scopesToAllow } from './consent.ts'
import type { Actor } from './identity.ts'

test('R8: names who acts, unless it is the client itself', () => {
  const vaultIssuer = 'https://vault.example.com/'
  const earlier = { issuer: 'https://agents.example.com/', subject: 'earlier' }
  const actorOf = (actor: Actor) => consentActorOf(actor, { clientId: 'my-agent', vaultIssuer })

  expect(actorOf({ subject: 'my-agent' })).toBeUndefined()
  expect(actorOf({ subject: 'my-agent', actor: earlier })).toBeUndefined()
  expect(actorOf({ subject: 'my-agent', issuer: vaultIssuer })).toBeUndefined()
  expect(actorOf({ ...earlier, actor: { subject: 'my-agent' } })).toEqual(earlier)
  // Another system may have a subject of the same name.
  expect(actorOf({ ...earlier, subject: 'my-agent' })).toEqual({ ...earlier, subject: 'my-agent' })
  // Another client of the vault, by a token of its own.
  expect(actorOf({ subject: 'planner' })).toEqual({ issuer: vaultIssuer, subject: 'planner' })
})

test.each([
  ['all that was granted as shown', ['email', 'mail'], ['mail', 'email'], ['email', 'mail']],
  ['not what the provider refused', ['email', 'mail'], ['email'], ['email']],
  ['not what was granted unseen', ['email'], ['email', 'mail'], ['email']],
  ['what was granted under another name', ['email'], ['userinfo.email'], ['email']],
  ['what a wider grant covers, and not that grant', ['public_repo'], ['repo'], ['public_repo']],
  ['not the wider scope that was shown', ['repo'], ['public_repo'], []],
  ['nothing where nothing was shown', [], ['repo'], []],
])('allows %s', (_, shown, granted, allowed) => {
  const impliedScopes = { repo: ['public_repo'], 'userinfo.email': ['email'] }

  expect(scopesToAllow({ shown, granted, impliedScopes })).toEqual(allowed)
})
