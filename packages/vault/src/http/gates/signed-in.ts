import type { Session } from '../../ports/authorization-server.ts'
import type { FormTokens } from '../../use-cases/form-tokens.ts'
import type { SignIns } from '../../use-cases/sign-ins.ts'
import type { BrowserCookies } from '../browser-cookies.ts'
import type { EndPages } from '../end-pages.ts'
import { seeOther } from '../page-response.ts'
import { readFormBody } from '../read-body.ts'
import { isOwnForm } from './own-form.ts'

export interface SignedInDependencies {
  readonly issuer: string
  readonly cookies: BrowserCookies
  readonly formTokens: FormTokens
  readonly endPages: EndPages
  readonly signIns: SignIns
  readonly findSignedIn: (cookies: string | undefined) => Promise<Session | undefined>
}

/** The `Cookie` header, for whoever reads the session of it. */
export function cookieHeader(request: Request): string | undefined {
  return request.headers.get('cookie') ?? undefined
}

/** Sends the browser to log in, and back to this page of the vault's. */
export async function toLogin(
  { signIns }: Pick<SignedInDependencies, 'signIns'>,
  path: string,
): Promise<Response> {
  return seeOther(await signIns.begin({ path }), [])
}

/**
 * A form of the account pages: from our own page, shown in this browser to this session, and whatever else it says
 * (RV-71, T33). Everybody else gets the answer.
 */
export async function readSignedInForm(
  dependencies: SignedInDependencies,
  request: Request,
): Promise<
  { readonly session: Session; readonly fields: Readonly<Record<string, string>> } | Response
> {
  const { issuer, cookies, formTokens, endPages, findSignedIn } = dependencies
  if (!isOwnForm(request, issuer)) return await endPages.formRefused()
  const { form_token: token, ...fields } = (await readFormBody(request)) ?? {}
  const session = await findSignedIn(cookieHeader(request))
  if (session === undefined) return await toLogin(dependencies, '/account')
  const seed = cookies.formSeed(request)
  const isOurs =
    token !== undefined &&
    seed !== undefined &&
    formTokens.isTokenFor(token, seed, accountForms(session.id))
  return isOurs ? { session, fields } : await endPages.formRefused()
}

/** What the forms of the account pages are bound to. */
export function accountForms(sessionId: string): string {
  return `account.${sessionId}`
}

/** The token for a page's forms, and the cookie that it needs where the browser has none yet. */
export function formTokenFor(
  { cookies, formTokens }: Pick<SignedInDependencies, 'cookies' | 'formTokens'>,
  request: Request,
  subject: string,
): { readonly formToken: string; readonly headers: readonly (readonly [string, string])[] } {
  // A seed that is there serves again: forms in other tabs stay good.
  const known = cookies.formSeed(request)
  const seed = known ?? formTokens.newSeed()
  return {
    formToken: formTokens.tokenFor(seed, subject),
    headers: known === undefined ? [['set-cookie', cookies.setFormSeed(seed)]] : [],
  }
}
