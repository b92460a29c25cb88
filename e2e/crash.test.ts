import type { RefreshTokenRotation } from '@valetkey/providers'
import type { CrashPoint } from '@valetkey/vault'
import { expect, test } from 'vitest'
import {
  type CrashWorld,
  type ExchangeAnswer,
  type Person,
  PROVIDER,
  startCrashWorld,
  TOKEN_SECONDS,
} from './src/crash-world.ts'

/** How long a process that died keeps others from refreshing the same account. */
const LEASE_SECONDS = 30

/** How providers treat a refresh token that is presented once more. Their grace outlasts the lease. */
const ROTATIONS = {
  stable: { rotation: 'stable' },
  grace: { rotation: 'grace', graceSeconds: 120 },
  strict: { rotation: 'strict' },
} as const satisfies Record<string, RefreshTokenRotation>

/** What a death at a point leaves behind. */
interface Death {
  readonly at: CrashPoint
  /** Whether the provider answers the refresh with an error, and whether it acted on it before. */
  readonly fault?: 'before' | 'after'
  /** Whether the refresh token had gone out. */
  readonly hasSent: boolean
  /** Whether nobody may refresh until the dead one's lease has run out. */
  readonly holdsLease: boolean
  /** Whether the provider's new refresh token died with the process: a strict provider takes no other. */
  readonly losesAnswer: boolean
}

const DEATHS: readonly Death[] = [
  { at: 'before_claim', hasSent: false, holdsLease: false, losesAnswer: false },
  { at: 'after_claim', hasSent: false, holdsLease: true, losesAnswer: false },
  { at: 'before_send', hasSent: false, holdsLease: true, losesAnswer: false },
  { at: 'after_provider_response', hasSent: true, holdsLease: true, losesAnswer: true },
  { at: 'after_seal', hasSent: true, holdsLease: true, losesAnswer: true },
  { at: 'after_commit', hasSent: true, holdsLease: false, losesAnswer: false },
  { at: 'before_release', fault: 'before', hasSent: true, holdsLease: true, losesAnswer: false },
  { at: 'before_release', fault: 'after', hasSent: true, holdsLease: true, losesAnswer: true },
]

const CASES = (['stable', 'grace', 'strict'] as const).flatMap((mode) =>
  DEATHS.map((death) => ({
    ...death,
    mode,
    title: titleOf(death),
    isLost: mode === 'strict' && death.losesAnswer,
  })),
)

// Most of the time is the start of processes: side by side, two cores are enough.
test.concurrent.each(CASES.filter(({ isLost }) => !isLost))(
  'with a $mode provider, kill -9 $title needs no user',
  async ({ mode, ...death }) => {
    await using world = await startCrashWorld(ROTATIONS[mode])
    const { issuer, refreshToken } = await dieAndRestart(world, death)

    world.advance(LEASE_SECONDS + 1)
    const served = await world.exchange(issuer, 'alice')

    expect(served.status).toBe(200)
    expect(await statusAtProvider(world, served)).toBe(200)
    expect(presentationsOf(world, refreshToken)).toBe(death.hasSent && death.holdsLease ? 2 : 1)
    await everybodyGoesOn(world, issuer)
  },
)

test.concurrent.each(CASES.filter(({ isLost }) => isLost))(
  'with a $mode provider, kill -9 $title asks the user once, and presents nothing a third time',
  async ({ mode, ...death }) => {
    await using world = await startCrashWorld(ROTATIONS[mode])
    const { issuer, refreshToken } = await dieAndRestart(world, death)

    world.advance(LEASE_SECONDS + 1)
    const asked = await world.exchange(issuer, 'alice')
    const again = await world.exchange(issuer, 'alice')

    expect(asked).toMatchObject({ vaultError: 'reconnect_required', reason: 'rotation_lost' })
    expect(again).toEqual(asked)
    expect(presentationsOf(world, refreshToken)).toBe(2)
    await world.connect(issuer, 'alice')
    expect(await world.exchange(issuer, 'alice')).toMatchObject({ status: 200 })
    await everybodyGoesOn(world, issuer)
  },
)

test('SIGTERM while the provider is slow loses no refresh token, whether its caller waits or has gone', async () => {
  await using world = await startCrashWorld(ROTATIONS.strict)
  const { emulator } = world
  const command = await world.serve()
  const people = ['alice', 'bob'] as const
  for (const person of people) await world.connect((await world.start()).issuer, person)
  await world.stop()
  const tokens = people.map((person) => refreshTokenOf(world, person))
  // Rotated, and not answered yet: the only copies of the new tokens are on their way.
  const fault = { kind: 'hold', when: 'after' } as const
  emulator.faults.add(PROVIDER, { at: 'refresh', fault, times: 2 })

  const gone = new AbortController()
  const waits = world.exchange(command.issuer, 'alice')
  const leaves = world.exchange(command.issuer, 'bob', { signal: gone.signal }).catch(() => 'gone')
  await emulator.log.arrival({ provider: PROVIDER, grantType: 'refresh_token' }, 2)
  gone.abort()
  expect(await leaves).toBe('gone')
  command.process.child.kill('SIGTERM')
  await command.process.wrote('stderr', '"stopping"')
  emulator.faults.release()

  expect(await waits).toMatchObject({ status: 200 })
  expect(await command.process.ended).toBe(0)
  expect(await world.verifyAudit()).toMatchObject({ ok: true })
  const { issuer } = await world.start()
  for (const person of people) {
    const served = await world.exchange(issuer, person)
    expect(served.status).toBe(200)
    expect(await statusAtProvider(world, served)).toBe(200)
    expect(refreshesOf(world, person)).toBe(1)
  }
  expect(tokens.map((token) => presentationsOf(world, token))).toEqual([1, 1])
})

/** Two users connect, and the vault dies while it refreshes for alice; another one takes over at once. */
async function dieAndRestart(
  world: CrashWorld,
  { at, fault, hasSent, holdsLease }: Death,
): Promise<{ readonly issuer: string; readonly refreshToken: string }> {
  const doomed = await world.startDoomed(at)
  await world.connect(doomed.issuer, 'alice')
  await world.connect(doomed.issuer, 'bob')
  const refreshToken = refreshTokenOf(world, 'alice')
  if (fault !== undefined) {
    const plan = { kind: 'server_error', when: fault } as const
    world.emulator.faults.add(PROVIDER, { at: 'refresh', fault: plan })
  }

  const cut = world.exchange(doomed.issuer, 'alice').catch(() => 'cut')
  expect(await doomed.process.ended).toBe('SIGKILL')
  expect(await cut).toBe('cut')
  expect(presentationsOf(world, refreshToken)).toBe(hasSent ? 1 : 0)
  expect(await world.verifyAudit()).toMatchObject({ ok: true })

  // Whoever takes over asks nobody for anything while the dead one might be alive.
  const { issuer } = await world.start()
  const { status, vaultError, retryAfterSeconds = 0 } = await world.exchange(issuer, 'alice')
  expect({ status, vaultError, isForLater: retryAfterSeconds > 0 }).toEqual(
    holdsLease
      ? { status: 503, vaultError: 'provider_unavailable', isForLater: true }
      : { status: 200, vaultError: undefined, isForLater: false },
  )
  return { issuer, refreshToken }
}

/** What is stored is the newest refresh token, and whoever was not concerned noticed nothing. */
async function everybodyGoesOn(world: CrashWorld, issuer: string): Promise<void> {
  world.advance(TOKEN_SECONDS)
  for (const person of ['alice', 'bob'] as const) {
    const next = await world.exchange(issuer, person)
    expect(next.status).toBe(200)
    expect(await statusAtProvider(world, next)).toBe(200)
  }
  expect(refreshesOf(world, 'bob')).toBe(1)
  await world.stop()
  expect(await world.verifyAudit()).toMatchObject({ ok: true })
}

function titleOf({ at, fault }: Death): string {
  return fault === undefined ? at : `${at}, the provider failing ${fault} it acted,`
}

/** The refresh token that connecting brought. */
function refreshTokenOf(world: CrashWorld, user: Person): string {
  const [connected] = world.emulator.log.entries({
    provider: PROVIDER,
    grantType: 'authorization_code',
    user,
  })
  return connected?.issued.refreshToken ?? `no refresh token of ${user}`
}

function presentationsOf(world: CrashWorld, token: string): number {
  return world.emulator.log.refreshes({ provider: PROVIDER, token }).length
}

function refreshesOf(world: CrashWorld, user: Person): number {
  return world.emulator.log.refreshes({ provider: PROVIDER, user }).length
}

async function statusAtProvider(
  world: CrashWorld,
  { accessToken }: ExchangeAnswer,
): Promise<number> {
  const response = await fetch(`${world.emulator.url}/${PROVIDER}/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await response.body?.cancel()
  return response.status
}
