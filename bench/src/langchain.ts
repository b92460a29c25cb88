import { join } from 'node:path'

import { bundleSize } from './bundle-size.ts'
import { importMilliseconds } from './import-time.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { ratios, spreadOf } from './statistics.ts'
import { runWrapSubject } from './wrap-process.ts'
import { cachedOf, overheadOf, wrapRows } from './wrap-rows.ts'

const ROUNDS = 7
const here = join(import.meta.dirname, '..')
const reference = '@auth0/ai-langchain'

/** P7, P8 and P9 for the LangChain adapter. */
export async function measureLangchain(peers: string | undefined): Promise<readonly Row[]> {
  const subject = (name: string) => () => runWrapSubject('wrap-langchain-subject.ts', name, peers)
  const figures = await interleave(ROUNDS, {
    bare: subject('bare'),
    valetkey: subject('valetkey'),
    ...(peers !== undefined && { 'auth0-bare': subject('auth0-bare'), auth0: subject('auth0') }),
  })
  const { gzippedBytes } = await bundleSize('@valetkey/langchain', here, {
    external: ['@langchain/*'],
  })

  const rows: Row[] = [
    ...wrapRows('LangChain: ', figures),
    {
      name: 'P9 @valetkey/langchain with core, gzipped, without LangChain',
      figure: spreadOf([gzippedBytes / 1000]),
      unit: 'kB',
      reference: '1 kB',
      ratio: spreadOf([gzippedBytes / 1000]),
    },
  ]
  if (peers === undefined) return rows

  const overhead = overheadOf(figures, 'valetkey', 'bare')
  const peersOverhead = overheadOf(figures, 'auth0', 'auth0-bare')
  const peersCold = (figures['auth0'] ?? []).map(({ coldRequests }) => coldRequests)
  const whole = ratios(cachedOf(figures, 'valetkey'), cachedOf(figures, 'auth0'))
  const time = ratios(overhead, peersOverhead)
  const imports = await interleave(ROUNDS, {
    own: () => importMilliseconds('@valetkey/langchain', 'import', here),
    auth0: () => importMilliseconds('@auth0/ai-langchain', 'require', peers),
  })
  const own = imports['own'] ?? []
  return [
    ...rows,
    {
      name: 'P7 LangChain: cached wrap, whole call',
      figure: spreadOf(cachedOf(figures, 'valetkey')),
      unit: 'µs',
      reference,
      ratio: spreadOf(whole),
    },
    {
      name: 'P7 LangChain: cached wrap, time over the bare tool of each',
      figure: spreadOf(overhead),
      unit: 'µs',
      reference,
      ratio: spreadOf(time),
      goal: '≤ 0.2 ×',
      met: spreadOf(time).median <= 0.2,
    },
    {
      name: `P8 LangChain: requests of 20 parallel cold calls of ${reference}`,
      figure: spreadOf(peersCold),
      unit: 'requests',
      reference: '20 calls',
      ratio: spreadOf(peersCold.map((requests) => requests / 20)),
    },
    {
      name: 'P9 import of @valetkey/langchain with LangChain',
      figure: spreadOf(own),
      unit: 'ms',
      reference,
      ratio: spreadOf(ratios(own, imports['auth0'] ?? [])),
    },
  ]
}
