import { CONNECTION, SCOPE, startVaultUnderTest } from './vault-under-test.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { type Load, sendLoad } from './load.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { ratios, spreadOf } from './statistics.ts'

const ROUNDS = 7
const REQUESTS = 4_000
const CONNECTIONS = 32
const NEVER_SEEN_TOKENS = ROUNDS * REQUESTS + REQUESTS

interface Figure {
  readonly cpuMicroseconds: number
  readonly requestsPerSecond: number
}

/** P3 and P4 on SQLite: CPU and rate of one exchange, durable audit included, against a node:http echo. */
export async function measureExchange(): Promise<readonly Row[]> {
  const echo = await startServerProcess<{ url: string }>([
    process.execPath,
    new URL('echo-server.ts', import.meta.url).pathname,
  ])
  const vault = await startVaultUnderTest()
  try {
    const { issuer, clientId, clientSecret } = vault.server.ready
    const [seen = '', ...neverSeen] = await vault.subjectTokens(NEVER_SEEN_TOKENS + 1)
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const headers = {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const exchange = (bodies: readonly string[]): Load => ({
      url: `${issuer}oauth/token`,
      headers,
      bodies,
      requests: REQUESTS,
      connections: CONNECTIONS,
    })
    const seenBody = bodyFor(seen)
    let used = 0
    const nextUnseen = (): readonly string[] => {
      const bodies = neverSeen.slice(used, used + REQUESTS).map(bodyFor)
      used += REQUESTS
      return bodies
    }

    // Warm-up: code is compiled and caches are filled before the first round counts.
    await sendLoad({ ...exchange([seenBody]), url: echo.ready.url })
    await sendLoad(exchange([seenBody]))
    await sendLoad(exchange(nextUnseen()))

    const figures = await interleave(ROUNDS, {
      echo: () => measure(echo, { ...exchange([seenBody]), url: echo.ready.url }),
      seen: () => measure(vault.server, exchange([seenBody])),
      unseen: () => measure(vault.server, exchange(nextUnseen())),
    })
    const of = (name: string, field: keyof Figure): readonly number[] =>
      (figures[name] ?? []).map((figure) => figure[field])
    const row = (name: string, label: string, field: keyof Figure, goal: number): Row => {
      const ratio = spreadOf(ratios(of(name, field), of('echo', field)))
      const isCpu = field === 'cpuMicroseconds'
      return {
        name: label,
        figure: spreadOf(of(name, field)),
        unit: isCpu ? 'µs CPU' : 'requests/s',
        reference: 'node:http echo',
        ratio,
        goal: isCpu ? `≤ ${goal} ×` : `≥ ${Math.round(goal * 100)} %`,
        met: isCpu ? ratio.median <= goal : ratio.median >= goal,
      }
    }
    return [
      {
        name: 'echo: CPU',
        figure: spreadOf(of('echo', 'cpuMicroseconds')),
        unit: 'µs CPU',
        reference: 'itself',
        ratio: spreadOf([1]),
      },
      row('seen', 'P4 exchange, subject seen before: CPU', 'cpuMicroseconds', 5),
      row('seen', 'P4 exchange, subject seen before: rate', 'requestsPerSecond', 0.2),
      row('unseen', 'P3 exchange, subject never seen: CPU', 'cpuMicroseconds', 14),
      row('unseen', 'P3 exchange, subject never seen: rate', 'requestsPerSecond', 0.07),
    ]
  } finally {
    await vault.close()
    await echo.stop()
  }
}

async function measure(server: ServerProcess<unknown>, load: Load): Promise<Figure> {
  const before = server.cpuMicroseconds()
  const { requestsPerSecond } = await sendLoad(load)
  return { cpuMicroseconds: (server.cpuMicroseconds() - before) / load.requests, requestsPerSecond }
}

function bodyFor(subjectToken: string): string {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: CONNECTION,
    scope: SCOPE,
  }).toString()
}
