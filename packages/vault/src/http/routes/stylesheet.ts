import { STYLESHEET } from '../../pages/stylesheet.ts'
import type { RouteHandler } from '../request-context.ts'

/** The pages' stylesheet. Pages ask for it with its hash as `v`, so that it may be kept for ever. */
export interface Stylesheet {
  readonly url: () => Promise<string>
  readonly route: RouteHandler
}

/** Below the issuer. */
export const STYLESHEET_PATH = 'connect/style.css'

export function createStylesheet({ issuer }: { readonly issuer: string }): Stylesheet {
  const path = new URL(STYLESHEET_PATH, issuer).pathname
  let version: string | undefined
  return {
    url: async () => {
      version ??= await shortHash(STYLESHEET)
      return `${path}?v=${version}`
    },
    route: async () =>
      new Response(STYLESHEET, {
        headers: {
          'content-type': 'text/css; charset=utf-8',
          'cache-control': 'public, max-age=31536000, immutable',
        },
      }),
  }
}

async function shortHash(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
