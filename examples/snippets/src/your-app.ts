// What an app brings along: a login and a model. Only here so that the snippets compile.
import type { LanguageModel } from 'ai'

export interface Session {
  readonly accessToken: string
  readonly refreshToken: string
  readonly userId: string
}

/** The session of a request; Auth.js, Clerk, Auth0, your own. */
export async function getSession(_request?: Request): Promise<Session | undefined> {
  return undefined
}

/** What the app's login proves with. */
export const loginKeyPair = await crypto.subtle.generateKey(
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign', 'verify'],
)

export const model: LanguageModel = 'your/model'
