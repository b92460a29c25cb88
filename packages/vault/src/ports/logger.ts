/** Structured, redacting log. Fields are allow-listed by the implementation; never pass a token. */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LogFields {
  readonly requestId?: string | undefined
  readonly clientId?: string | undefined
  /** Whom a refused login claims to be: proven by nothing. */
  readonly claimedClientId?: string | undefined
  readonly connection?: string | undefined
  /** Of a login system, as configured. */
  readonly issuer?: string | undefined
  /** Why, as a code of ours. */
  readonly cause?: string | undefined
  readonly accountId?: string | undefined
  readonly generation?: number | undefined
  readonly code?: string | undefined
  readonly status?: number | undefined
  readonly durationSeconds?: number | undefined
  readonly path?: string | undefined
  readonly method?: string | undefined
  readonly count?: number | undefined
  /** Names of unknown parameters (RV-04), never values. */
  readonly parameters?: readonly string[] | undefined
  /** Only its name, code and stack frames are written. */
  readonly error?: unknown
}
