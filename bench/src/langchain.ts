import { join } from 'node:path'

import { bundleSize } from './bundle-size.ts'
import { importMilliseconds } from './import-time.ts'
import type { BesideFigure } from './measured-calls.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { ratios, spreadOf } from './statistics.ts'
import { runWrapSubject } from './wrap-process.ts'
import { type MeasuredWrap, overBare, wrapRows } from './wrap-rows.ts'

const ROUNDS = 7
const here = join(import.meta.dirname, '..')
const reference = '@auth0/ai-langchain'

/** P7, P8 and P9 for the LangChain adapter. */
export async function measureLangchain(peers: string | undefined): Promise<readonly Row[]> {
  const subject = (name: string) => () =>
    runWrapSubject<BesideFigure>('wrap-langchain-subject.ts', name, peers)
  const figures = await interleave(ROUNDS, {
    valetkey: subject('valetkey'),
    ...(peers !== undefined && { auth0: subject('auth0') }),
  })
  const own = measuredWrap(figures['valetkey'] ?? [])
  const { gzippedBytes } = await bundleSize('@valetkey/langchain', here, {
    external: ['@langchain/*'],
  })
  const rows: Row[] = [
    ...wrapRows('LangChain: ', own),
    {
      name: 'P9 @valetkey/langchain with core, gzipped, without LangChain',
      figure: spreadOf([gzippedBytes / 1000]),
      unit: 'kB',
      reference: '1 kB',
      ratio: spreadOf([gzippedBytes / 1000]),
    },
  ]
  if (peers === undefined) return rows

  const peer = measuredWrap(figures['auth0'] ?? [])
  const added = ratios(overBare(own), overBare(peer))
  const imports = await interleave(ROUNDS, {
    own: () => importMilliseconds('@valetkey/langchain', 'import', here),
    peer: () => importMilliseconds('@auth0/ai-langchain', 'require', peers),
  })
  const ownImport = imports['own'] ?? []
  return [
    ...rows,
    {
      name: 'P7 LangChain: cached wrap, whole call',
      figure: spreadOf(own.wrapped),
      unit: 'µs',
      reference,
      ratio: spreadOf(ratios(own.wrapped, peer.wrapped)),
    },
    {
      name: 'P7 LangChain: cached wrap, what it adds to the bare tool',
      figure: spreadOf(overBare(own)),
      unit: 'µs',
      reference,
      ratio: spreadOf(added),
      goal: '≤ 0.2 ×',
      met: spreadOf(added).median <= 0.2,
    },
    {
      name: `P8 LangChain: the same of ${reference}`,
      figure: spreadOf(peer.coldRequests),
      unit: 'requests',
      reference: '20 calls',
      ratio: spreadOf(peer.coldRequests.map((requests) => requests / 20)),
    },
    {
      name: 'P9 import of @valetkey/langchain',
      figure: spreadOf(ownImport),
      unit: 'ms',
      reference,
      ratio: spreadOf(ratios(ownImport, imports['peer'] ?? [])),
    },
  ]
}

function measuredWrap(figures: readonly BesideFigure[]): MeasuredWrap {
  return {
    bare: figures.map(({ bareMicroseconds }) => bareMicroseconds),
    wrapped: figures.map(({ cachedMicroseconds }) => cachedMicroseconds),
    coldRequests: figures.map(({ coldRequests }) => coldRequests),
  }
}
