// What every subject of the wrap benchmark does, alone in its process: node SUBJECT.ts NAME [PEERS FOLDER]
// Prints { cachedMicroseconds, coldRequests }: a cached call, and how many requests 20 parallel cold calls make.
import { spreadOf } from './statistics.ts'

const COLD_CALLS = 20

/** What a process of the wrap benchmark prints. */
export interface WrapFigure {
  readonly cachedMicroseconds: number
  readonly coldRequests: number
}

/** One call of a subject; its result must not be `undefined`. */
export type Call = () => unknown

let requests = 0
/** Both SDKs end at one HTTP request; here it answers at once, so that only their own work is measured. */
export const answer = async (): Promise<Response> => {
  requests += 1
  await new Promise((resolve) => setTimeout(resolve, 5))
  return Response.json({
    access_token: 'ya29.benchmark-token-value-long-enough-to-look-real',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'calendar',
    connection: 'google-oauth2',
    account: 'cac_benchmark',
    generation: 1,
  })
}

/** A client of ours, whose requests {@link answer} answers. */
export const ownClient = {
  issuer: 'https://vault.example.com/',
  clientId: 'bench',
  clientSecret: 'bench-secret',
  accessToken: 'subject-token-of-the-user',
  fetch: answer,
} as const

/** The peer's client, which takes no fetch of its own. */
export const peerClient = {
  domain: 'vault.example.com',
  clientId: 'bench',
  clientSecret: 'bench-secret',
} as const

/** Measures the subject that the command line names, over so many calls, and prints its figure. */
export async function measureCalls(
  calls: number,
  subjects: Readonly<Record<string, () => Call>>,
): Promise<void> {
  const make = namedSubject(subjects)
  const coldRequests = await countColdRequests(make())

  const subject = make()
  await runTimes(calls / 10, subject)
  const startedAt = performance.now()
  await runTimes(calls, subject)
  const cachedMicroseconds = ((performance.now() - startedAt) * 1000) / calls
  console.log(JSON.stringify({ cachedMicroseconds, coldRequests } satisfies WrapFigure))
}

/** A wrapped tool beside the same tool bare. */
export interface WrappedBeside {
  readonly bare: Call
  readonly wrapped: () => Call
}

/** What a process prints that measures both, in turn: medians of the CPU time of a call. */
export interface BesideFigure extends WrapFigure {
  readonly bareMicroseconds: number
}

/**
 * For a tool whose framework takes much longer than the wrapper: small blocks of bare and wrapped
 * calls take turns in one process, and CPU time is counted, so that a busy machine hits both alike.
 */
export async function measureBeside(
  { blocks, calls }: { readonly blocks: number; readonly calls: number },
  subjects: Readonly<Record<string, () => WrappedBeside>>,
): Promise<void> {
  const { bare, wrapped } = namedSubject(subjects)()
  const coldRequests = await countColdRequests(wrapped())

  const subject = wrapped()
  const times: Record<'bare' | 'wrapped', number[]> = { bare: [], wrapped: [] }
  for (let block = -blocks / 10; block < blocks; block += 1) {
    for (const [name, call] of [
      ['bare', bare],
      ['wrapped', subject],
    ] as const) {
      const before = process.cpuUsage()
      await runTimes(calls, call)
      const { user, system } = process.cpuUsage(before)
      if (block >= 0) times[name].push((user + system) / calls) // the first ones warm up
    }
  }
  const figure = {
    bareMicroseconds: spreadOf(times.bare).median,
    cachedMicroseconds: spreadOf(times.wrapped).median,
    coldRequests,
  } satisfies BesideFigure
  console.log(JSON.stringify(figure))
}

function namedSubject<Made>(subjects: Readonly<Record<string, () => Made>>): () => Made {
  const name = process.argv[2] ?? ''
  const make = subjects[name]
  if (make === undefined) throw new TypeError(`no subject is called ${JSON.stringify(name)}`)
  return make
}

async function countColdRequests(cold: Call): Promise<number> {
  await Promise.all(Array.from({ length: COLD_CALLS }, () => runTimes(1, cold)))
  return requests
}

async function runTimes(times: number, call: Call): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    if ((await call()) === undefined) throw new Error('The tool gave nothing')
  }
}
