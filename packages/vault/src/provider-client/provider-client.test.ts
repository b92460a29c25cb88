import { findProvider } from '@valetkey/providers'
import { afterEach, describe, expect, test } from 'vitest'

import { connect, startWorld, type World } from './test/emulated-world.ts'

const worlds: World[] = []

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.emulator.close()))
})

async function aWorld(options?: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(options)
  worlds.push(world)
  return world
}

interface Flow {
  readonly id: string
  readonly scopes: readonly string[]
  readonly granted: readonly string[] | undefined
  readonly lifetimeSeconds: number | undefined
  readonly refresh: 'keeps' | 'replaces' | 'none'
  readonly label: string
  readonly clientSetting?: 'on'
}

const flows: readonly Flow[] = [
  {
    id: 'google',
    scopes: ['email', 'https://www.googleapis.com/auth/calendar.events'],
    granted: ['email', 'https://www.googleapis.com/auth/calendar.events', 'openid'],
    lifetimeSeconds: 3599,
    refresh: 'keeps',
    label: 'demo@example.com',
  },
  {
    id: 'github',
    scopes: ['repo', 'read:user'],
    granted: ['repo', 'read:user'],
    lifetimeSeconds: undefined,
    refresh: 'none',
    label: 'demo',
  },
  {
    id: 'github-app',
    scopes: [],
    granted: undefined,
    lifetimeSeconds: 28_800,
    refresh: 'replaces',
    label: 'demo',
  },
  {
    id: 'slack',
    scopes: ['channels:history', 'chat:write'],
    granted: ['channels:history', 'chat:write'],
    lifetimeSeconds: undefined,
    refresh: 'none',
    label: 'Emulator Workspace',
  },
  {
    id: 'slack',
    clientSetting: 'on',
    scopes: ['channels:history'],
    granted: ['channels:history'],
    lifetimeSeconds: 43_200,
    refresh: 'replaces',
    label: 'Emulator Workspace',
  },
  {
    id: 'notion',
    scopes: [],
    granted: undefined,
    lifetimeSeconds: undefined,
    refresh: 'replaces',
    label: 'Emulator Workspace',
  },
]

test('every provider of the emulator is walked through', async () => {
  const world = await aWorld()
  const walked = new Set(flows.map(({ id }) => id))

  expect(world.emulator.providerIds().filter((id) => !walked.has(id))).toEqual(['idp'])
  expect(findProvider('google')).toBeDefined()
})

describe.each(flows)('$id, client setting $clientSetting', (flow) => {
  test('authorise, callback, refresh, revoke', async () => {
    const world = await aWorld({
      behaviour: { [flow.id]: flow.clientSetting ? { clientSetting: flow.clientSetting } : {} },
    })
    const connection = world.connection(flow.id)
    const before = world.now()

    const connected = await connect(world, connection, flow.scopes)

    if (!connected.ok) throw new Error(connected.refusal.code)
    const { tokens, account } = connected.value
    expect(account.label).toBe(flow.label)
    expect(account.providerAccountId).toMatch(/^[A-Za-z0-9:]{6,}$/)
    expect(tokens.scopes && [...tokens.scopes].sort()).toEqual(
      flow.granted && [...flow.granted].sort(),
    )
    expect(tokens.issuedAt).toBeGreaterThanOrEqual(before)
    expect(tokens.accessExpiresAt).toBe(
      flow.lifetimeSeconds === undefined ? undefined : tokens.issuedAt + flow.lifetimeSeconds,
    )
    expect(tokens.refreshToken !== undefined).toBe(flow.refresh !== 'none')

    let latest = tokens
    if (tokens.refreshToken !== undefined) {
      world.advance(1000)
      const refreshed = await world.client.refresh({
        connection,
        refreshToken: tokens.refreshToken,
        scopes: [],
        mayStillSend: () => true,
      })
      if (!refreshed.ok) throw new Error(refreshed.refusal.code)
      expect(refreshed.value.accessToken).not.toBe(tokens.accessToken)
      expect(refreshed.value.issuedAt).toBeGreaterThanOrEqual(tokens.issuedAt + 1000)
      expect(refreshed.value.refreshToken !== undefined).toBe(flow.refresh === 'replaces')
      latest = {
        ...refreshed.value,
        refreshToken: refreshed.value.refreshToken ?? tokens.refreshToken,
      }
      expect(latest.refreshToken === tokens.refreshToken).toBe(flow.refresh === 'keeps')
      expect(world.emulator.log.refreshes({ token: tokens.refreshToken })).toHaveLength(1)
    }

    const byRefreshToken =
      latest.refreshToken === undefined
        ? { ok: true, value: 'unsupported' }
        : await world.client.revoke({
            connection,
            token: latest.refreshToken,
            tokenTypeHint: 'refresh_token',
          })
    const byAccessToken = await world.client.revoke({
      connection,
      token: latest.accessToken,
      tokenTypeHint: 'access_token',
    })
    expect([byRefreshToken, byAccessToken]).toContainEqual({ ok: true, value: 'revoked' })
    expect(byAccessToken).toEqual({ ok: true, value: 'revoked' })
    const again = await world.client.revoke({
      connection,
      token: latest.accessToken,
      tokenTypeHint: 'access_token',
    })
    expect(again).toEqual({ ok: true, value: 'revoked' })
    expect(world.emulator.log.entries({ route: 'revoke', token: latest.accessToken })).not.toEqual(
      [],
    )
  })
})
