import { parse } from 'hono/utils/cookie'

import { ATTEMPT_SECONDS } from '../domain/attempt-lifetimes.ts'
import { FORM_SEED } from '../use-cases/form-tokens.ts'

/**
 * The vault's cookies in the browser (RV-72). `__Host-` and `Secure` over https; over http, which only a loopback
 * issuer may use, browsers would refuse both, so the names are plain there (R13).
 */
export interface BrowserCookies {
  /** The seed of this browser's form tokens, if it has one. */
  readonly formSeed: (request: Request) => string | undefined
  readonly setFormSeed: (seed: string) => string
  /** Binding secrets by attempt id: one cookie for each, so that attempts side by side do not end each other. */
  readonly bindings: (request: Request) => ReadonlyMap<string, string>
  readonly setBinding: (binding: { readonly attemptId: string; readonly secret: string }) => string
  readonly clearBinding: (attemptId: string) => string
}

/** Lax and not Strict: the callback is a navigation from the provider's site. */
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax'

export function createBrowserCookies({ issuer }: { readonly issuer: string }): BrowserCookies {
  const isSecure = issuer.startsWith('https:')
  const prefix = isSecure ? '__Host-' : ''
  const attributes = isSecure ? `${ATTRIBUTES}; Secure` : ATTRIBUTES
  const formName = `${prefix}valetkey-form`
  const bindingPrefix = `${prefix}valetkey-connect-`
  const read = (request: Request): Readonly<Record<string, string>> =>
    parse(request.headers.get('cookie') ?? '')
  return {
    formSeed: (request) => {
      const seed = read(request)[formName]
      return seed !== undefined && FORM_SEED.test(seed) ? seed : undefined
    },
    setFormSeed: (seed) => `${formName}=${seed}; ${attributes}`,
    bindings: (request) =>
      new Map(
        Object.entries(read(request)).flatMap(([name, secret]) =>
          name.startsWith(bindingPrefix) ? [[name.slice(bindingPrefix.length), secret]] : [],
        ),
      ),
    setBinding: ({ attemptId, secret }) =>
      `${bindingPrefix}${attemptId}=${secret}; Max-Age=${ATTEMPT_SECONDS}; ${attributes}`,
    clearBinding: (attemptId) => `${bindingPrefix}${attemptId}=; Max-Age=0; ${attributes}`,
  }
}
