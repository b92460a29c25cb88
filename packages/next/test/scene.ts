import { createBrowser, type TestVault } from '@valetkey-internal/testing'
import { createValetKey, type NextValetKeyOptions, type ValetKey } from '@valetkey/next'
import { agree } from './agree.ts'
import { type CookieJar, createCookieJar } from './cookie-jar.ts'

export const origin = 'https://app.example.com'
export const cookieSecret = 'cookie-secret-of-the-tests-0123456789'

/** What the app sent to the vault, by path and form. */
export interface Sent {
  readonly path: string
  readonly form: URLSearchParams
}

/** A browser at an app on https, whose handlers are called with real requests. */
export interface Scene {
  readonly jar: CookieJar
  readonly sent: readonly Sent[]
  /** A navigation of the browser. */
  readonly visit: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>
  /** A request that a page of the app sends. */
  readonly post: (
    name: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>
  /** Goes to a login and through it; resolves to the callback that the browser is sent to. */
  readonly begin: (query?: Readonly<Record<string, string>>) => Promise<URL>
  readonly logIn: (user: string) => Promise<Response>
  readonly valetKey: ValetKey
}

/** A new browser at a new app; `options` add to those of the vault's `webApp`. */
export function createScene(vault: TestVault, options: NextValetKeyOptions = {}): Scene {
  const sent: Sent[] = []
  const valetKey = createValetKey({
    appUrl: origin,
    cookieSecret,
    issuer: vault.issuer,
    clientId: vault.webApp.id,
    clientSecret: vault.webApp.secret,
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input)
      sent.push({ path: url.pathname, form: formOf(init) })
      return await fetch(input, init)
    },
    ...options,
  })
  const jar = createCookieJar()
  const headersWith = (headers: Readonly<Record<string, string>>): Record<string, string> =>
    jar.header() === '' ? { ...headers } : { cookie: jar.header(), ...headers }
  const keep = (response: Response): Response => {
    jar.keep(response)
    return response
  }
  const visit: Scene['visit'] = async (path, headers = {}) =>
    keep(
      await valetKey.handlers.GET(
        // What a request says about where it went is of the inside, behind a proxy.
        new Request(`http://10.0.0.7:3000/api/valet-key/${path}`, {
          headers: headersWith(headers),
        }),
      ),
    )
  const begin: Scene['begin'] = async (query = {}) => {
    const asked = await visit(`login?${new URLSearchParams(query)}`)
    const browser = createBrowser({ stopAt: [`${origin}/`] })
    const location = asked.headers.get('location') ?? ''
    return new URL((await agree(browser, await browser.open(location), origin)).url)
  }
  return {
    jar,
    sent,
    valetKey,
    visit,
    post: async (name, body = '', headers = {}) =>
      keep(
        await valetKey.handlers.POST(
          new Request(`http://10.0.0.7:3000/api/valet-key/${name}`, {
            method: 'POST',
            headers: headersWith({ origin, 'sec-fetch-site': 'same-origin', ...headers }),
            body,
          }),
        ),
      ),
    begin,
    logIn: async (user) => {
      const callback = await begin({ connection: 'google-oauth2', login_hint: user })
      return await visit(`callback${callback.search}`)
    },
  }
}

/** The form in a request to the vault; an empty one where there is none. */
export function formOf(init: RequestInit | undefined): URLSearchParams {
  const body = init?.body
  return body instanceof URLSearchParams || typeof body === 'string'
    ? new URLSearchParams(body)
    : new URLSearchParams()
}
