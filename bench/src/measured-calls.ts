// What every subject of the wrap benchmark does, alone in its process: node SUBJECT.ts NAME [PEERS FOLDER]
// Prints { cachedMicroseconds, coldRequests }: a cached call, and how many requests 20 parallel cold calls make.
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
  const name = process.argv[2] ?? ''
  const make = subjects[name]
  if (make === undefined) throw new TypeError(`no subject is called ${JSON.stringify(name)}`)
  const run = async (call: Call): Promise<void> => {
    if ((await call()) === undefined) throw new Error(`${name}: the tool gave nothing`)
  }

  const cold = make()
  await Promise.all(Array.from({ length: COLD_CALLS }, () => run(cold)))
  const coldRequests = requests

  const subject = make()
  for (let call = 0; call < calls / 10; call += 1) await run(subject)
  const startedAt = performance.now()
  for (let call = 0; call < calls; call += 1) await run(subject)
  const cachedMicroseconds = ((performance.now() - startedAt) * 1000) / calls
  console.log(JSON.stringify({ cachedMicroseconds, coldRequests } satisfies WrapFigure))
}
