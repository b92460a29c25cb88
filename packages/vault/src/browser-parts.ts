import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { createBrowserCookies, type BrowserCookies } from './http/browser-cookies.ts'
import { createEndPages, type EndPages } from './http/end-pages.ts'
import type { RefusalLimit } from './http/router.ts'
import { createStylesheet, type Stylesheet } from './http/routes/stylesheet.ts'
import { createAddressRateLimiter } from './storage/address-rate-limiter.ts'
import { createFormTokens, type FormTokens } from './use-cases/form-tokens.ts'
import type { VaultParts } from './vault-parts.ts'

/** What every page of the vault is made with; all count refusals together. */
export interface BrowserParts {
  readonly issuer: string
  readonly stylesheet: Stylesheet
  readonly cookies: BrowserCookies
  readonly formTokens: FormTokens
  readonly endPages: EndPages
  readonly refusals: RefusalLimit
}

export interface BrowserPartsOptions {
  readonly parts: Pick<VaultParts, 'issuer' | 'hasher' | 'runtime'>
  readonly limits: Pick<ParsedVaultConfig['limits'], 'connectPagesPerMinute'>
}

export function createBrowserParts({ parts, limits }: BrowserPartsOptions): BrowserParts {
  const { issuer } = parts
  const stylesheet = createStylesheet({ issuer })
  const endPages = createEndPages({ stylesheet })
  return {
    issuer,
    stylesheet,
    cookies: createBrowserCookies({ issuer }),
    formTokens: createFormTokens(parts),
    endPages,
    refusals: {
      limiter: createAddressRateLimiter({
        points: limits.connectPagesPerMinute,
        durationSeconds: 60,
      }),
      tooMany: endPages.tooMany,
    },
  }
}
