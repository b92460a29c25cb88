import type { WrapFigure } from './measured-calls.ts'
import type { Row } from './report.ts'
import { ratios, spreadOf } from './statistics.ts'

const MAX_OVERHEAD_MICROSECONDS = 1.5

/** Figures of the subjects of one framework, round by round; `bare` and `valetkey` are among them. */
export type WrapFigures = Readonly<Record<string, readonly WrapFigure[]>>

/** P7 and P8 of our own wrapper; `label` says of which framework. */
export function wrapRows(label: string, figures: WrapFigures): readonly Row[] {
  const overhead = overheadOf(figures, 'valetkey', 'bare')
  const cold = (figures['valetkey'] ?? []).map(({ coldRequests }) => coldRequests)
  return [
    {
      name: `P7 ${label}cached wrap: time over the bare tool`,
      figure: spreadOf(overhead),
      unit: 'µs',
      reference: 'bare tool',
      ratio: spreadOf(ratios(overhead, cachedOf(figures, 'bare'))),
      goal: `≤ ${MAX_OVERHEAD_MICROSECONDS} µs`,
      met: spreadOf(overhead).median <= MAX_OVERHEAD_MICROSECONDS,
    },
    {
      name: `P8 ${label}requests of 20 parallel cold calls`,
      figure: spreadOf(cold),
      unit: 'requests',
      reference: '20 calls',
      ratio: spreadOf(cold.map((requests) => requests / 20)),
      goal: '1 request',
      met: Math.max(...cold) === 1,
    },
  ]
}

/** Microseconds of a cached call, round by round. */
export function cachedOf(figures: WrapFigures, name: string): readonly number[] {
  return (figures[name] ?? []).map(({ cachedMicroseconds }) => cachedMicroseconds)
}

/** What a subject takes over its bare tool in the same round, in microseconds. */
export function overheadOf(figures: WrapFigures, name: string, bare: string): readonly number[] {
  const bareCalls = cachedOf(figures, bare)
  return cachedOf(figures, name).map((value, round) => value - (bareCalls[round] ?? 0))
}
