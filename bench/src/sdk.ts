import { join } from 'node:path'

import { type BundleSize, bundleSize } from './bundle-size.ts'
import { importMilliseconds } from './import-time.ts'
import type { WrapFigure } from './measured-calls.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { ratios, spreadOf } from './statistics.ts'
import { runWrapSubject } from './wrap-process.ts'
import { wrapRows } from './wrap-rows.ts'

const ROUNDS = 7
const MAX_GZIPPED_KILOBYTES = 40
const MAX_REACT_GZIPPED_KILOBYTES = 12
const here = join(import.meta.dirname, '..')

/** P7 and P8: a cached call of a wrapped tool, and how many requests 20 parallel cold calls make. */
export async function measureWrap(peers: string | undefined): Promise<readonly Row[]> {
  const subject = (name: string) => () => runWrapSubject<WrapFigure>('wrap-subject.ts', name, peers)

  const figures = await interleave(ROUNDS, {
    bare: subject('bare'),
    valetkey: subject('valetkey'),
    ...(peers !== undefined && { auth0: subject('auth0') }),
  })
  const cached = (name: string): readonly number[] =>
    (figures[name] ?? []).map(({ cachedMicroseconds }) => cachedMicroseconds)
  const coldRequests = (figures['valetkey'] ?? []).map((figure) => figure.coldRequests)
  const wrapped = cached('valetkey')
  const rows = wrapRows('', { bare: cached('bare'), wrapped, coldRequests })
  if (peers === undefined) return rows
  const ratio = spreadOf(ratios(wrapped, cached('auth0')))
  return [
    ...rows,
    {
      name: 'P7 cached wrap, whole call',
      figure: spreadOf(wrapped),
      unit: 'µs',
      reference: '@auth0/ai-vercel (zod 4)',
      ratio,
      goal: '≤ 0.2 ×',
      met: ratio.median <= 0.2,
    },
  ]
}

/** P9: what loading costs, in time and in bytes. */
export async function measureLoading(peers: string | undefined): Promise<readonly Row[]> {
  const sizeRows = [
    sizeRow(
      '@valetkey/core with dependencies',
      await bundleSize('@valetkey/core', here),
      MAX_GZIPPED_KILOBYTES,
    ),
    sizeRow(
      '@valetkey/react in a browser, without React',
      await bundleSize('@valetkey/react', here, {
        platform: 'browser',
        external: ['react', 'react/*'],
      }),
      MAX_REACT_GZIPPED_KILOBYTES,
    ),
  ]
  if (peers === undefined) return sizeRows

  const figures = await interleave(ROUNDS, {
    core: () => importMilliseconds('@valetkey/core', 'import', here),
    auth0: () => importMilliseconds('@auth0/ai-vercel', 'require', peers),
  })
  const core = figures['core'] ?? []
  const ratio = spreadOf(ratios(core, figures['auth0'] ?? []))
  return [
    {
      name: 'P9 import of @valetkey/core',
      figure: spreadOf(core),
      unit: 'ms',
      reference: '@auth0/ai-vercel',
      ratio,
      goal: '≤ 0.25 ×',
      met: ratio.median <= 0.25,
    },
    ...sizeRows,
  ]
}

function sizeRow(what: string, { gzippedBytes }: BundleSize, maxKilobytes: number): Row {
  const kilobytes = gzippedBytes / 1000
  return {
    name: `P9 ${what}, gzipped`,
    figure: spreadOf([kilobytes]),
    unit: 'kB',
    reference: `goal of ${maxKilobytes} kB`,
    ratio: spreadOf([kilobytes / maxKilobytes]),
    goal: `≤ ${maxKilobytes} kB`,
    met: kilobytes <= maxKilobytes,
  }
}
