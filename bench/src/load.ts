import autocannon from 'autocannon'

const SAMPLE_MILLISECONDS = 20

/** Requests that each connection sends in turn, one after the other's answer, until there were enough. */
export interface Load {
  /** Of the server: each step has its own path. */
  readonly origin: string
  readonly steps: readonly [LoadStep, ...LoadStep[]]
  /** Of all steps together. */
  readonly requests: number
  readonly connections: number
}

export interface LoadStep {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Any other answer makes the figure worthless. */
  readonly status: number
  /** Asked before each request; `turn` is kept from the first step of a turn to its last. */
  readonly body?: ((turn: Turn) => string) | undefined
  readonly onAnswer?: ((answer: Answer, turn: Turn) => void) | undefined
}

export type Turn = Record<string, string>

export interface Answer {
  readonly body: string
  readonly location: string | undefined
}

export interface LoadResult {
  readonly requestsPerSecond: number
}

/** Sends a bounded load from this process. Throws for an answer of any other status than its step expects. */
export async function sendLoad(load: Load): Promise<LoadResult> {
  const wrong = new Map<string, number>()
  const startedAt = performance.now()
  const result = await autocannon({
    url: load.origin,
    amount: load.requests,
    connections: load.connections,
    // It looks whether it is done once a sample; its default of a second would round every rate.
    sampleInt: SAMPLE_MILLISECONDS,
    requests: load.steps.map((step): autocannon.Request => ({
      method: step.method,
      path: step.path,
      headers: { ...step.headers },
      ...(step.body !== undefined && {
        setupRequest: (request, context) => ({ ...request, body: step.body?.(turnOf(context)) }),
      }),
      onResponse: (status, body, context, headers) => {
        if (status !== step.status) {
          const what = `${step.path}: ${status} ${body.slice(0, 200)}`
          wrong.set(what, (wrong.get(what) ?? 0) + 1)
          return
        }
        step.onAnswer?.({ body, location: locationOf(headers) }, turnOf(context))
      },
    })),
  })
  const seconds = (performance.now() - startedAt) / 1000
  const answers = result['2xx'] + result.non2xx
  if (wrong.size > 0 || answers !== load.requests) {
    const first = [...wrong].slice(0, 3).map(([what, times]) => `${times} × ${what}`)
    throw new Error(
      `${load.origin}: ${answers} of ${load.requests} requests were answered (${result.errors} errors). ${first.join('; ')}`,
    )
  }
  return { requestsPerSecond: load.requests / seconds }
}

const turns = new WeakMap<object, Turn>()

/** The generator begins each turn with a new context. */
function turnOf(context: object): Turn {
  const known = turns.get(context)
  if (known !== undefined) return known
  const turn: Turn = {}
  turns.set(context, turn)
  return turn
}

/** The generator gives names of headers as they were sent. */
function locationOf(headers: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'location')
  return typeof found?.[1] === 'string' ? found[1] : undefined
}
