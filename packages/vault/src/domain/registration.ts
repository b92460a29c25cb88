/** What can be added while the vault runs, beside what its configuration file names. */
export type RegistrationKind = 'client' | 'connection'

/** Settings as in the configuration file, every default in place; JSON, and without secrets. */
export type RegisteredSettings = Readonly<Record<string, unknown>>

/** A client or connection, from whichever place it comes. */
export interface RegistryEntry {
  readonly kind: RegistrationKind
  /** A client's id, or a connection's name. */
  readonly name: string
  readonly origin: 'configuration' | 'registration'
  readonly settings: RegisteredSettings
  /** Of a registered client; never shown but for their ids and times. */
  readonly secrets: readonly ClientSecret[]
  /** Of a registration; grows by one with each change. 0 for what is configured. */
  readonly generation: number
  readonly createdAt?: number | undefined
  readonly updatedAt?: number | undefined
}

/** One secret of a registered client, as it is kept (RV-23). */
export interface ClientSecret {
  /** `sec_…` */
  readonly id: string
  /** base64url of the SHA-256. */
  readonly hash: string
  readonly createdAt: number
  /** From then on it is refused. Absent: it is good until it is removed. */
  readonly expiresAt?: number | undefined
}

/** The old one and the new one (RV-23). */
export const MAX_LIVE_SECRETS = 2

/** Those that still count. */
export function liveSecrets(
  secrets: readonly ClientSecret[],
  now: number,
): readonly ClientSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
}
