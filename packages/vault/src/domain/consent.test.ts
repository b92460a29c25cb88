import { expect, test } from 'vitest'

import { consentActorOf, scopesToAllow } from './consent.ts'

test('R8: names the agent of an actor token, and not the client that acts without one', () => {
  const earlier = { issuer: 'https://agents.example.com/', subject: 'earlier' }

  expect(consentActorOf({ subject: 'my-agent' })).toBeUndefined()
  expect(consentActorOf({ subject: 'my-agent', actor: earlier })).toBeUndefined()
  expect(consentActorOf({ ...earlier, subject: 'planner', actor: earlier })).toEqual({
    issuer: 'https://agents.example.com/',
    subject: 'planner',
  })
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
