import { startBareProvider } from './bare-provider.ts'
import { CONNECTIONS, echoOf, exchangeLoad, type SubjectTokenType } from './exchange.ts'
import { type Load, sendLoad } from './load.ts'
import { bareLogin, LOGIN_TOKENS, loginLoads, vaultLogin } from './login.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'
import { ratios, spreadOf } from './statistics.ts'
import type { Size } from './size.ts'
import { startVaultUnderTest } from './vault-under-test.ts'

export interface Figure {
  readonly cpuMicroseconds: number
  readonly requestsPerSecond: number
}

/** A server and what it is asked in a round. */
interface Contestant {
  readonly server: ServerProcess<unknown>
  readonly load: () => Load
}

interface Comparison {
  readonly name: string
  readonly subject: 'echo' | 'opaque' | 'seen' | 'unseen' | 'refresh' | 'rotation' | 'codeFlow'
  readonly reference: 'echo' | 'bareRefresh' | 'bareRotation' | 'bareCodeFlow'
  readonly field: keyof Figure
  /** At most for CPU, at least for a rate; absent where none is set. */
  readonly goal?: number
}

const COMPARISONS = {
  exchange: [
    { name: 'echo: CPU', subject: 'echo', reference: 'echo', field: 'cpuMicroseconds' },
    compare('P1 exchange, opaque subject: CPU', 'opaque', 'cpuMicroseconds', 4),
    compare('P1 exchange, opaque subject: rate', 'opaque', 'requestsPerSecond', 0.25),
    compare('P4 exchange, JWT seen before: CPU', 'seen', 'cpuMicroseconds', 5),
    compare('P4 exchange, JWT seen before: rate', 'seen', 'requestsPerSecond', 0.2),
    compare('P3 exchange, JWT never seen: CPU', 'unseen', 'cpuMicroseconds', 14),
    compare('P3 exchange, JWT never seen: rate', 'unseen', 'requestsPerSecond', 0.07),
  ],
  login: [
    compareLogin('refresh grant, without rotation: CPU', 'refresh', 'bareRefresh'),
    compareLogin('refresh grant, with rotation: CPU', 'rotation', 'bareRotation'),
    compareLogin('login code flow, a request: CPU', 'codeFlow', 'bareCodeFlow'),
  ],
} satisfies Record<string, readonly Comparison[]>

const REFERENCES = {
  echo: 'node:http echo',
  bareRefresh: 'bare oidc-provider',
  bareRotation: 'bare oidc-provider',
  bareCodeFlow: 'bare oidc-provider',
} as const satisfies Record<Comparison['reference'], string>

type ContestantName = Comparison['subject'] | Comparison['reference']

export interface ServerRows {
  readonly exchange: readonly Row[]
  readonly login: readonly Row[]
  /** What one echo took, to set the parts of an exchange beside. */
  readonly echoCpuMicroseconds: number
}

/** P1, P3 and P4 on SQLite against an echo, and logins against a bare oidc-provider, all in the same rounds. */
export async function measureServers({ rounds, exchanges, logins }: Size): Promise<ServerRows> {
  const echo = await startServerProcess<{ url: string }>([
    process.execPath,
    new URL('echo-server.ts', import.meta.url).pathname,
  ])
  const bare = await startBareProvider(LOGIN_TOKENS)
  const vault = await startVaultUnderTest()
  try {
    const { server } = vault
    const loggedIn = await vault.logIn(LOGIN_TOKENS)
    // One load to warm up, and for each connection one that the generator prepares and does not send.
    const neverSeen = each(await vault.subjectTokens((rounds + 1) * (exchanges + 2 * CONNECTIONS)))
    const seen = neverSeen()
    const [subject = ''] = loggedIn.refreshTokens[0] ?? []
    const vaultLogins = loginLoads(vaultLogin(server.ready, loggedIn), logins)
    const bareLogins = loginLoads(bareLogin(bare.ready), logins)

    const exchange = (tokenType: SubjectTokenType, nextToken: () => string): Load =>
      exchangeLoad(server.ready, { tokenType, nextToken, requests: exchanges })
    const opaque = (): Load => exchange('refresh_token', () => subject)
    const contestants: Readonly<Record<ContestantName, Contestant>> = {
      echo: { server: echo, load: () => echoOf(opaque(), echo.ready.url) },
      opaque: { server, load: opaque },
      seen: {
        server,
        load: () => exchange('jwt', () => seen),
      },
      unseen: {
        server,
        load: () => exchange('jwt', neverSeen),
      },
      refresh: { server, load: vaultLogins.refresh },
      rotation: { server, load: vaultLogins.rotation },
      codeFlow: { server, load: vaultLogins.codeFlow },
      bareRefresh: { server: bare, load: bareLogins.refresh },
      bareRotation: { server: bare, load: bareLogins.rotation },
      bareCodeFlow: { server: bare, load: bareLogins.codeFlow },
    }

    // Warm-up: code is compiled and caches are filled before the first round counts.
    for (const { load } of Object.values(contestants)) await sendLoad(load())

    const figures = await interleave(
      rounds,
      Object.fromEntries(
        Object.entries(contestants).map(([name, contestant]) => [name, () => measure(contestant)]),
      ),
    )
    return {
      exchange: COMPARISONS.exchange.map((comparison) => toRow(comparison, figures)),
      login: COMPARISONS.login.map((comparison) => toRow(comparison, figures)),
      echoCpuMicroseconds: spreadOf(valuesOf(figures, 'echo', 'cpuMicroseconds')).median,
    }
  } finally {
    await vault.close()
    await bare.stop()
    await echo.stop()
  }
}

/** CPU time and rate of one load. */
export async function measure({ server, load }: Contestant): Promise<Figure> {
  const sent = load()
  const before = server.cpuMicroseconds()
  const { requestsPerSecond } = await sendLoad(sent)
  return { cpuMicroseconds: (server.cpuMicroseconds() - before) / sent.requests, requestsPerSecond }
}

function compare(
  name: string,
  subject: Comparison['subject'],
  field: keyof Figure,
  goal: number,
): Comparison {
  return { name, subject, reference: 'echo', field, goal }
}

function compareLogin(
  name: string,
  subject: Comparison['subject'],
  reference: Comparison['reference'],
): Comparison {
  return { name, subject, reference, field: 'cpuMicroseconds' }
}

type Figures = Readonly<Record<string, readonly Figure[]>>

function toRow({ name, subject, reference, field, goal }: Comparison, figures: Figures): Row {
  const values = valuesOf(figures, subject, field)
  const ratio = spreadOf(ratios(values, valuesOf(figures, reference, field)))
  const isCpu = field === 'cpuMicroseconds'
  return {
    name,
    figure: spreadOf(values),
    unit: isCpu ? 'µs CPU' : 'requests/s',
    reference: subject === reference ? 'itself' : REFERENCES[reference],
    ratio,
    ...(goal !== undefined && {
      goal: isCpu ? `≤ ${goal} ×` : `≥ ${Math.round(goal * 100)} %`,
      met: isCpu ? ratio.median <= goal : ratio.median >= goal,
    }),
  }
}

function valuesOf(figures: Figures, name: ContestantName, field: keyof Figure): readonly number[] {
  return (figures[name] ?? []).map((figure) => figure[field])
}

/** One after the other, each once. */
function each(tokens: readonly string[]): () => string {
  const left = tokens.values()
  return () => {
    const { value } = left.next()
    if (value === undefined) throw new Error('there are too few subject tokens')
    return value
  }
}
