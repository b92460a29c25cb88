import type { Cookie } from '@valetkey/core/adapter'
import type { NewCookie } from './cookies.ts'

/** The request that Next.js answers now, in a component, an action or a route handler. */
export interface NextRequestCookies {
  readonly cookies: readonly Cookie[]
  /** Sets cookies; gives false in a server component, which cannot. */
  readonly set: (cookies: readonly NewCookie[]) => boolean
}

/** @throws what Next.js throws outside of a request */
export async function nextRequestCookies(): Promise<NextRequestCookies> {
  // With its extension: Next.js has no "exports", and outside its bundler Node wants a file.
  const { cookies } = await import('next/headers.js')
  const store = await cookies()
  return {
    cookies: store.getAll(),
    set: (all) => {
      try {
        for (const { name, value, maxAgeSeconds, isSecure } of all) {
          store.set({
            name,
            value,
            maxAge: maxAgeSeconds,
            path: '/',
            httpOnly: true,
            sameSite: 'lax',
            secure: isSecure,
          })
        }
        return true
      } catch {
        // Next.js has no other way to ask. What is set is a longer life: it can wait.
        return false
      }
    },
  }
}

/** Sends the browser to another URL, from a component, an action or a route handler. */
export async function redirectBrowser(url: string): Promise<never> {
  const { redirect } = await import('next/navigation')
  return redirect(url)
}
