import { type ServerProcess, startServerProcess } from './server-process.ts'

/** What the process of a bare oidc-provider prints when it is ready. */
export interface BareProvider {
  readonly url: string
  /** Of a session that is logged in, with the confidential client's grant. */
  readonly cookies: string
  /** Of the confidential client, for which they stay the same. */
  readonly kept: readonly string[]
  /** Of the public client, for which each use gives a new one. */
  readonly rotated: readonly string[]
}

export const bareClients = {
  confidential: { id: 'confidential', secret: 'bench-0123456789abcdef0123456789abcdef' },
  public: { id: 'public' },
} as const

/** Nothing listens there: codes are taken from the redirect itself. */
export const REDIRECT_URI = 'http://127.0.0.1/callback'

/** oidc-provider by itself in its own process, with so many refresh tokens of each client. */
export async function startBareProvider(tokens: number): Promise<ServerProcess<BareProvider>> {
  const file = new URL('oidc-provider-server.ts', import.meta.url).pathname
  return await startServerProcess([process.execPath, file, String(tokens)])
}
