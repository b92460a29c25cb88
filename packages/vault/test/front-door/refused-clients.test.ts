import { afterAll, beforeAll, expect, test } from 'vitest'

import { CLIENT, EXCHANGE, startVaultWorld, type VaultWorld } from './vault-world.ts'

let world: VaultWorld
beforeAll(async () => {
  world = await startVaultWorld()
})
afterAll(async () => {
  await world.close()
})

/** The log lines about a refused login, as a program reads them. */
async function logOf(
  parameters: Readonly<Record<string, string>>,
  secret = 'wrong-0123456789abcdef0123456789ab',
): Promise<readonly unknown[]> {
  const before = world.logged().length
  const answer = await world.token({ grant_type: EXCHANGE, ...parameters }, { secret })
  expect(answer.body).toEqual({ error: 'invalid_client', error_description: expect.any(String) })
  return world
    .logged()
    .slice(before)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly msg: string })
    .filter(({ msg }) => msg === 'token request refused')
}

test.each([
  ['a wrong secret', {}, CLIENT.id],
  ['a mistyped id', { client_id: 'my-agnet' }, 'my-agnet'],
  ['a secret as id', { client_id: CLIENT.secret }, `${CLIENT.secret.slice(0, 12)}…`],
  ['an endless id', { client_id: 'x'.repeat(50_000) }, `${'x'.repeat(12)}…`],
  ['an id of two lines', { client_id: 'a"\n{"b":"c"}' }, 'a"\n{"b":"c"}'],
])('the log says who was refused for %s', async (_, parameters, claimedClientId) => {
  expect(await logOf(parameters)).toEqual([
    expect.objectContaining({ code: 'invalid_client', claimedClientId }),
  ])
})
