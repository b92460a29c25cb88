import { providers } from '@valetkey/providers'
import { describe, expect, test } from 'vitest'

import { anEmulator, isGood, testClient } from './flow.ts'

/** Scopes that each provider knows; none where it has no scopes. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  google: ['profile', 'email'],
  github: ['repo', 'read:user'],
  slack: ['channels:history', 'chat:write'],
}

describe.each(Object.values(providers))('$id', ({ id }) => {
  const scopes = SCOPES[id] ?? []

  test('connects a user, who is then known to its APIs', async () => {
    await using emulator = await anEmulator()
    const client = testClient(emulator, id)

    const answer = await client.connect({ scopes })

    expect(answer.error).toBeUndefined()
    expect(answer.accessToken).toMatch(new RegExp(`^emu-at-${id}-`))
    expect(await isGood(emulator, id, answer.accessToken)).toBe(true)
  })

  test('refreshes as its definition says, when refresh tokens are on', async () => {
    await using emulator = await anEmulator({ behaviour: { [id]: { clientSetting: 'on' } } })
    const client = testClient(emulator, id)
    const first = await client.connect({ scopes })
    const facts = emulator.provider(id).refreshToken
    const refreshes = facts.issued !== 'never'

    const second = await client.refresh(first.refreshToken ?? 'none')

    expect(first.refreshToken !== undefined).toBe(refreshes)
    expect(second.error === undefined).toBe(refreshes)
    expect(second.accessToken !== first.accessToken && second.accessToken !== '').toBe(refreshes)
    const replaces = refreshes && facts.rotation !== 'stable'
    expect(second.refreshToken !== undefined).toBe(replaces)
    const kills = refreshes && facts.refreshKillsAccessToken === true
    expect(await isGood(emulator, id, first.accessToken)).toBe(!kills)
  })

  test('answers a wrong secret, a wrong code and a wrong refresh token in its own words', async () => {
    await using emulator = await anEmulator()
    const client = testClient(emulator, id)
    const { tokenResponse, clientAuthentication } = client.definition
    const isInBody = clientAuthentication === 'client_secret_post'

    const wrongCode = await client.redeem('wrong')
    const wrongToken = await client.refresh('wrong')
    const wrongSecret = isInBody
      ? await client.redeem('wrong', { client_secret: 'wrong' })
      : undefined

    expect(wrongCode.error).toBe(tokenResponse.codeErrorCodes[0] ?? 'invalid_grant')
    expect(wrongToken.error).toBe(tokenResponse.refreshErrorCodes[0] ?? 'invalid_grant')
    expect(wrongSecret?.error).toBe(
      isInBody ? (tokenResponse.clientErrorCodes[0] ?? 'invalid_client') : undefined,
    )
    expect(wrongCode.status).toBe(tokenResponse.errors === 'status' ? 400 : 200)
    expect(wrongCode.body['ok']).toBe(tokenResponse.errors === 'slack_ok_false' ? false : undefined)
  })

  test('a user can deny', async () => {
    await using emulator = await anEmulator()
    emulator.decideConsent(id, { decision: 'deny' })

    const back = await testClient(emulator, id).authorize({ scopes })

    expect(back.searchParams.get('error')).toBe('access_denied')
    expect(back.searchParams.get('state')).toBe('state-1')
    expect(back.searchParams.has('code')).toBe(false)
  })

  test('revokes what its definition says', async () => {
    await using emulator = await anEmulator({ behaviour: { [id]: { clientSetting: 'on' } } })
    const client = testClient(emulator, id)
    const first = await client.connect({ scopes })
    const other = await client.connect({ scopes })

    const response = await client.revoke(first.accessToken)

    expect(response.ok).toBe(true)
    expect(await isGood(emulator, id, first.accessToken)).toBe(false)
    const endsAll = client.definition.revocation?.scope === 'grant'
    expect(await isGood(emulator, id, other.accessToken)).toBe(!endsAll)
  })

  test('the user can end a grant in the settings of the provider', async () => {
    await using emulator = await anEmulator({ behaviour: { [id]: { clientSetting: 'on' } } })
    const client = testClient(emulator, id)
    const demo = await client.connect({ scopes })
    const bob = await client.connect({ scopes, parameters: { login_hint: 'bob' } })

    expect(emulator.revokeGrant({ provider: id, user: 'demo' })).toBe(1)

    expect(await isGood(emulator, id, demo.accessToken)).toBe(false)
    expect(await isGood(emulator, id, bob.accessToken)).toBe(true)
    expect((await client.refresh(demo.refreshToken ?? 'none')).error).toMatch(/^\w+$/)
  })
})
