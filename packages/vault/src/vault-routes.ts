import { accountPageRoutes, type AccountPageRoutesOptions } from './account-page-routes.ts'
import { createBrowserParts } from './browser-parts.ts'
import { browserRoutes, type BrowserRoutesOptions } from './browser-routes.ts'
import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { ATTEMPT_SECONDS } from './domain/attempt-lifetimes.ts'
import type { Route } from './http/router.ts'
import { myAccountRoutes, type MyAccountRoutesOptions } from './my-account-routes.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { tokenRoutes, type TokenRoutesOptions } from './token-routes.ts'

/** Made here: shared by several kinds of routes. */
type Shared = 'pendingConnects' | 'browser'

export interface VaultRoutesOptions
  extends
    TokenRoutesOptions,
    Omit<MyAccountRoutesOptions, Shared>,
    Omit<BrowserRoutesOptions, Shared>,
    Omit<AccountPageRoutesOptions, Shared> {
  readonly limits: ParsedVaultConfig['limits']
}

/** Every path of the vault, each with its use case. */
export function vaultRoutes(options: VaultRoutesOptions): readonly Route[] {
  const { limits } = options
  const pendingConnects = createMemoryRateLimiter({
    points: limits.pendingConnectsPerUser,
    durationSeconds: ATTEMPT_SECONDS,
  })
  const shared = { ...options, pendingConnects, browser: createBrowserParts(options) }
  return [
    ...tokenRoutes(options),
    ...myAccountRoutes(shared),
    ...browserRoutes(shared),
    ...accountPageRoutes(shared),
  ]
}
