import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type CpuProfile, samplesByPart, type SampleWindow } from './cpu-profile.ts'
import { exchangeLoad } from './exchange.ts'
import { EXCHANGE_PARTS, type ExchangePart, exchangePartOf } from './exchange-parts.ts'
import { sendLoad } from './load.ts'
import { measure } from './server-rounds.ts'
import type { Size } from './size.ts'
import { createModuleFinder } from './source-modules.ts'
import { startVaultUnderTest, type VaultUnderTest } from './vault-under-test.ts'

const SAMPLE_MICROSECONDS = 200
const WARM_UP_REQUESTS = 4_000

/** One part of an exchange in a profile. */
export interface PartOfExchange {
  readonly part: ExchangePart
  /** Of the samples, 0 to 1. */
  readonly share: number
  /** The share of the CPU time that the whole took in the same load, the profiler's own cost included. */
  readonly microseconds: number
}

export interface ExchangeProfile {
  readonly cpuMicroseconds: number
  readonly samples: number
  readonly parts: readonly PartOfExchange[]
}

/**
 * Where the time of P1's exchange goes: a vault of its own under Node's profiler, each sample counted for one part. It
 * is a profile and no timing: it tells proportions, and the profiler makes everything slower.
 */
export async function profileExchange({ profiled }: Size): Promise<ExchangeProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-profile-'))
  try {
    const { window, cpuMicroseconds } = await runProfiled(folder, profiled)
    const moduleOf = createModuleFinder()
    const counts = samplesByPart<ExchangePart>(readProfile(folder), {
      window,
      partOf: (frame) => exchangePartOf(frame, moduleOf),
      rest: 'other',
    })
    const samples = [...counts.values()].reduce((sum, count) => sum + count, 0)
    if (samples === 0) throw new Error('the profile has no sample of the load')
    return {
      cpuMicroseconds,
      samples,
      parts: EXCHANGE_PARTS.map((part) => {
        const share = (counts.get(part) ?? 0) / samples
        return { part, share, microseconds: share * cpuMicroseconds }
      }),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runProfiled(
  folder: string,
  requests: number,
): Promise<{ readonly window: SampleWindow; readonly cpuMicroseconds: number }> {
  const vault = await startVaultUnderTest({
    nodeFlags: [
      '--cpu-prof',
      `--cpu-prof-dir=${folder}`,
      `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`,
    ],
  })
  try {
    return await loadProfiled(vault, requests)
  } finally {
    // The profile is written when the process ends.
    await vault.close()
  }
}

async function loadProfiled(
  vault: VaultUnderTest,
  requests: number,
): Promise<{ readonly window: SampleWindow; readonly cpuMicroseconds: number }> {
  const { refreshTokens } = await vault.logIn(1)
  const [subject = ''] = refreshTokens[0] ?? []
  const load = (count: number) =>
    exchangeLoad(vault.server.ready, {
      tokenType: 'refresh_token',
      nextToken: () => subject,
      requests: count,
    })
  await sendLoad(load(Math.min(requests, WARM_UP_REQUESTS)))
  const fromMicroseconds = monotonicMicroseconds()
  const { cpuMicroseconds } = await measure({ server: vault.server, load: () => load(requests) })
  return { window: { fromMicroseconds, toMicroseconds: monotonicMicroseconds() }, cpuMicroseconds }
}

/** The clock that the profiler of another process has, too. */
function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function readProfile(folder: string): CpuProfile {
  const [file] = readdirSync(folder)
  if (file === undefined) throw new Error('the vault left no profile')
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
}
