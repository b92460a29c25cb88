/** What kind of request it was. */
export type LogRoute =
  | 'authorize'
  | 'consent'
  | 'token'
  | 'revoke'
  | 'userinfo'
  | 'api'
  | 'jwks'
  | 'discovery'
  | 'login_token'

/** One request, as it reached the emulator. Tokens and secrets are as they came: this is the ground truth. */
export interface LogEntry {
  /** Tick at which the request had been read. Ticks count beginnings and ends alike, and only grow. */
  readonly began: number
  /** Tick at which the answer was decided; absent while it is not. */
  readonly ended?: number | undefined
  /** Virtual time, seconds since the epoch. */
  readonly at: number
  readonly provider: string
  readonly route: LogRoute
  readonly method: string
  readonly path: string
  /** Query and body. A nested value is JSON text. */
  readonly parameters: Readonly<Record<string, string>>
  readonly clientId?: string | undefined
  readonly grantType?: string | undefined
  /** Id of the user, once known. */
  readonly user?: string | undefined
  /** Every token of the request. `token` is what a revocation names. */
  readonly presented: {
    readonly accessToken?: string | undefined
    readonly refreshToken?: string | undefined
    readonly code?: string | undefined
    readonly token?: string | undefined
  }
  /** What the provider made; also when the answer did not arrive. */
  readonly issued: {
    readonly accessToken?: string | undefined
    readonly refreshToken?: string | undefined
    readonly code?: string | undefined
  }
  /** Kind of the fault that was played. */
  readonly fault?: string | undefined
  /** Absent while the request is not answered. */
  readonly outcome?:
    | { readonly status: number; readonly error?: string | undefined }
    | { readonly connection: 'reset' | 'cut' }
    | undefined
}

/** Which entries are meant. Fields left out match anything. */
export interface LogFilter {
  readonly provider?: string | undefined
  readonly route?: LogRoute | undefined
  readonly grantType?: string | undefined
  readonly clientId?: string | undefined
  readonly user?: string | undefined
  /** A token or code presented in any place. */
  readonly token?: string | undefined
  /** Only entries that began after this tick. */
  readonly after?: number | undefined
}

/** The append-only record of every request. */
export interface EmulatorLog {
  /** All matching entries, oldest first. */
  readonly entries: (filter?: LogFilter) => readonly LogEntry[]
  /** Requests at a token endpoint. */
  readonly tokenRequests: (provider?: string) => readonly LogEntry[]
  /** Refreshes: token requests with `grant_type=refresh_token`. */
  readonly refreshes: (
    filter?: Pick<LogFilter, 'provider' | 'token' | 'user'>,
  ) => readonly LogEntry[]
  /** Requests at resource APIs. */
  readonly apiCalls: (provider?: string) => readonly LogEntry[]
  /** Most matching requests that were open at the same moment. */
  readonly mostAtOnce: (filter?: LogFilter) => number
  /** The last tick, for `after`. */
  readonly tick: () => number
  /** Resolves when `count` matching requests (default 1) have arrived; at once when they are there. */
  readonly arrival: (filter: LogFilter, count?: number) => Promise<readonly LogEntry[]>
}

/** The log, and the pen. */
export interface WritableLog extends EmulatorLog {
  readonly begin: (facts: Omit<LogEntry, 'began' | 'ended' | 'issued' | 'outcome'>) => OpenLogEntry
}

/** An entry whose request is being served. */
export interface OpenLogEntry {
  readonly note: (facts: Partial<Pick<LogEntry, 'user' | 'clientId' | 'issued' | 'fault'>>) => void
  readonly end: (outcome: NonNullable<LogEntry['outcome']>) => void
}

/** An empty log. */
export function createLog(): WritableLog {
  const all: LogEntry[] = []
  const waiting = new Set<() => void>()
  let ticks = 0

  const entries = (filter: LogFilter = {}): readonly LogEntry[] =>
    all.filter((entry) => matches(entry, filter))

  return {
    entries,
    tokenRequests: (provider) => entries({ provider, route: 'token' }),
    refreshes: (filter) => entries({ ...filter, route: 'token', grantType: 'refresh_token' }),
    apiCalls: (provider) => entries({ provider, route: 'api' }),
    mostAtOnce: (filter) => mostAtOnce(entries(filter)),
    tick: () => ticks,
    arrival: (filter, count = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = entries(filter)
          if (found.length < count) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
    begin: (facts) => {
      ticks += 1
      const index = all.push({ ...facts, began: ticks, issued: {} }) - 1
      for (const check of waiting) check()
      const change = (more: Partial<LogEntry>): void => {
        const entry = all[index]
        if (entry !== undefined) all[index] = { ...entry, ...more }
      }
      return {
        note: change,
        end: (outcome) => {
          ticks += 1
          change({ outcome, ended: ticks })
        },
      }
    },
  }
}

function matches(entry: LogEntry, filter: LogFilter): boolean {
  const { token } = filter
  return (
    (filter.provider === undefined || entry.provider === filter.provider) &&
    (filter.route === undefined || entry.route === filter.route) &&
    (filter.grantType === undefined || entry.grantType === filter.grantType) &&
    (filter.clientId === undefined || entry.clientId === filter.clientId) &&
    (filter.user === undefined || entry.user === filter.user) &&
    (filter.after === undefined || entry.began > filter.after) &&
    (token === undefined || Object.values(entry.presented).includes(token))
  )
}

function mostAtOnce(entries: readonly LogEntry[]): number {
  const changes = entries
    .flatMap(({ began, ended }) => [
      { tick: began, by: 1 },
      { tick: ended ?? Number.POSITIVE_INFINITY, by: -1 },
    ])
    .toSorted((left, right) => left.tick - right.tick || left.by - right.by)
  let open = 0
  let most = 0
  for (const { by } of changes) {
    open += by
    most = Math.max(most, open)
  }
  return most
}
