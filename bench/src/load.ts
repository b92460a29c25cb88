import autocannon from 'autocannon'

const SAMPLE_MILLISECONDS = 20

export interface Load {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** One body for every request, or a list that is used up once each. */
  readonly bodies: readonly string[]
  readonly requests: number
  readonly connections: number
  /** Requests a second over all connections; absent = as fast as it goes. */
  readonly rate?: number | undefined
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

/** Sends a bounded load from this process. Any answer but 200 makes the figure worthless, so it throws. */
export async function sendLoad(load: Load): Promise<LoadResult> {
  let next = 0
  const startedAt = performance.now()
  const result = await autocannon({
    url: load.url,
    amount: load.requests,
    connections: load.connections,
    // It looks whether it is done once a sample; its default of a second would round every rate.
    sampleInt: SAMPLE_MILLISECONDS,
    ...(load.rate === undefined ? {} : { overallRate: load.rate }),
    requests: [
      {
        method: 'POST',
        headers: load.headers,
        setupRequest: (request) => {
          const body = load.bodies[next % load.bodies.length] ?? ''
          next += 1
          return { ...request, body }
        },
      },
    ],
  })
  const seconds = (performance.now() - startedAt) / 1000
  if (result['2xx'] !== load.requests) {
    throw new Error(
      `${load.url}: ${result['2xx']} of ${load.requests} answers were 200 (${result.non2xx} other, ${result.errors} errors)`,
    )
  }
  return {
    requestsPerSecond: load.requests / seconds,
    p50Milliseconds: result.latency.p50,
    p99Milliseconds: result.latency.p99,
  }
}
