import type { ApiOrigin } from './api-origin.ts'
import type { PrivateKey } from './client-authentication.ts'
import type { DpopKeySource } from './dpop-key.ts'
import type { EventListener } from './events.ts'
import type { VaultAddress } from './vault-address.ts'
import type { Dialect } from './wire-codes.ts'

/** The options that make a client of the vault, checked. */
export interface CheckedOptions {
  readonly issuer: VaultAddress | undefined
  readonly domain: VaultAddress | undefined
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly privateKey: PrivateKey | undefined
  readonly dpop: DpopKeySource | undefined
  readonly dialect: Dialect | undefined
  readonly fetch: typeof globalThis.fetch | undefined
  readonly timeoutSeconds: number
  readonly cacheEntries: number
  readonly cacheSeconds: number
  readonly apiHosts: ReadonlyMap<string, readonly ApiOrigin[]>
  readonly onEvent: EventListener | undefined
}
