import type { ValetKeyClient } from '@valetkey/core'
import { parseReturnPath, type Subject } from '@valetkey/core/adapter'
import type { AppSettings } from './app-settings.ts'
import type { LoginAttempts } from './login-attempts.ts'
import type { AppOptions } from './options.ts'
import type { SessionStore } from './session-store.ts'
import type { VaultLogin } from './vault-login.ts'

/** On whose behalf, where users log in elsewhere; `undefined` means that nobody is logged in. */
export interface ForeignSubject {
  /** `signed`: a user whom the client names itself, by its key. */
  readonly kind: 'token' | 'signed'
  readonly find: (signal: AbortSignal | undefined) => Promise<Subject | undefined>
}

/** What the routes of one app share. */
export interface App {
  readonly options: AppOptions
  readonly settings: () => AppSettings
  readonly client: ValetKeyClient
  readonly store: SessionStore
  readonly attempts: LoginAttempts
  /** Loaded at the first login. */
  readonly login: () => Promise<VaultLogin>
  /** `undefined` where this package logs users in. */
  readonly foreignSubject: ForeignSubject | undefined
}

/** The absolute URL of one of the routes. */
export function routeUrl({ options, settings }: App, route: string): string {
  return `${settings().origin}${options.basePath}/${route}`
}

/** Where a link may send the browser back to: one of the app's own pages. The value is attacker-controlled. */
export function returnPath({ options }: App, value: string | null): string {
  const path = parseReturnPath(value ?? '')
  if (path === undefined || !options.isReturnPathAllowed(path)) return options.defaultReturnPath
  const { pathname } = new URL(path, 'https://app.invalid')
  const isRoute = pathname.startsWith(`${options.basePath}/`)
  // Logging in to connect is fine; logging in to log in would go round.
  return isRoute && pathname !== `${options.basePath}/connect` ? options.defaultReturnPath : path
}
