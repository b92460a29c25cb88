import type { Row } from './report.ts'
import { ratios, spreadOf } from './statistics.ts'

const MAX_OVERHEAD_MICROSECONDS = 1.5

/** A wrapped tool and the same tool bare, in microseconds of a cached call, round by round. */
export interface MeasuredWrap {
  readonly bare: readonly number[]
  readonly wrapped: readonly number[]
  /** Of 20 parallel cold calls. */
  readonly coldRequests: readonly number[]
}

/** P7 and P8 of our own wrapper; `label` says of which framework. */
export function wrapRows(label: string, measured: MeasuredWrap): readonly Row[] {
  const overhead = overBare(measured)
  const { bare, coldRequests } = measured
  return [
    {
      name: `P7 ${label}cached wrap: time over the bare tool`,
      figure: spreadOf(overhead),
      unit: 'µs',
      reference: 'bare tool',
      ratio: spreadOf(ratios(overhead, bare)),
      goal: `≤ ${MAX_OVERHEAD_MICROSECONDS} µs`,
      met: spreadOf(overhead).median <= MAX_OVERHEAD_MICROSECONDS,
    },
    {
      name: `P8 ${label}requests of 20 parallel cold calls`,
      figure: spreadOf(coldRequests),
      unit: 'requests',
      reference: '20 calls',
      ratio: spreadOf(coldRequests.map((requests) => requests / 20)),
      goal: '1 request',
      met: Math.max(...coldRequests) === 1,
    },
  ]
}

/** What wrapping adds to a call, round by round. */
export function overBare({ bare, wrapped }: MeasuredWrap): readonly number[] {
  return wrapped.map((value, round) => value - (bare[round] ?? Number.NaN))
}
