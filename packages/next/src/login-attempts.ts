import {
  attemptCookieName,
  type AttemptCookieSettings,
  clearAttemptCookie,
  findAttemptCookie,
  setAttemptCookies,
} from '@valetkey/core/adapter'
import type { AppSettings } from './app-settings.ts'
import { createSealer } from './sealer.ts'
import type { LoginChecks } from './vault-login.ts'

/** What is kept in the browser between leaving for a login and coming back. */
export interface LoginAttempt extends LoginChecks {
  readonly returnTo: string
}

/** Login attempts in cookies, one each, so that several tabs can log in at once. */
export interface LoginAttempts {
  /** `Set-Cookie` for a new attempt, and for the oldest ones to go. */
  begin(request: Request, attempt: LoginAttempt): Promise<readonly string[]>
  /** The attempt that a `state` belongs to, with the `Set-Cookie` that ends it. */
  find(request: Request, state: string): Promise<FoundAttempt | undefined>
}

/** An attempt that this browser began. */
export interface FoundAttempt {
  readonly attempt: LoginAttempt
  readonly ended: string
}

/** As long as the vault waits for a person to log in. */
const attemptSeconds = 1_800

/** Makes {@link LoginAttempts}. */
export function createLoginAttempts(settings: () => AppSettings, now: () => number): LoginAttempts {
  const sealer = createSealer('login', () => settings().cookieSecrets)
  const cookies = (): AttemptCookieSettings => ({
    flow: 'login',
    isSecure: settings().isSecure,
    maxAgeSeconds: attemptSeconds,
  })
  return {
    begin: async (request, { state, nonce, codeVerifier, returnTo }) => {
      const startedAt = now()
      const claims = { state, nonce, codeVerifier, returnTo }
      const value = await sealer.seal(claims, startedAt + attemptSeconds)
      const name = attemptCookieName(state, startedAt, cookies())
      return setAttemptCookies(request, { name, value }, cookies())
    },
    find: async (request, state) => {
      const cookie = findAttemptCookie(request, state, cookies())
      const claims = cookie === undefined ? undefined : await sealer.open(cookie.value, now())
      if (cookie === undefined || claims === undefined || claims['state'] !== state)
        return undefined
      const { nonce, codeVerifier, returnTo } = claims
      if (typeof nonce !== 'string' || typeof codeVerifier !== 'string') return undefined
      if (typeof returnTo !== 'string') return undefined
      return {
        attempt: { state, nonce, codeVerifier, returnTo },
        ended: clearAttemptCookie(cookie.name, cookies()),
      }
    },
  }
}
