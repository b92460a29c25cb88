import type { KoaContextWithOIDC } from 'oidc-provider'

import type { AuthorizationPage } from '../../ports/authorization-server.ts'
import { PAGE_HEADER } from './forward.ts'

/** Answers with what a page is to show; the page itself is made where the vault's pages are. */
export function showPage(
  ctx: Pick<KoaContextWithOIDC, 'set' | 'type' | 'body'>,
  page: AuthorizationPage,
): void {
  ctx.set(PAGE_HEADER, page.page)
  ctx.type = 'json'
  ctx.body = JSON.stringify(page)
}

/** The secret of the forms of oidc-provider's own pages, kept in the session. */
export function xsrfOf(ctx: KoaContextWithOIDC): string {
  const state: unknown = ctx.oidc.session?.state
  const secret =
    typeof state === 'object' && state !== null && 'secret' in state ? state.secret : ''
  return typeof secret === 'string' ? secret : ''
}
