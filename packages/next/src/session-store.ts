import { ValetKeyError } from '@valetkey/core'
import type { Cookie } from '@valetkey/core/adapter'
import type { AppSettings } from './app-settings.ts'
import { chunkNames, fromChunks, toChunks } from './chunks.ts'
import type { NewCookie } from './cookies.ts'
import type { AppOptions } from './options.ts'
import { createSealer } from './sealer.ts'
import { fromClaims, type Session, type StoredSession, toClaims } from './session.ts'

/** Sessions in the browser's cookies; nothing of them is kept on the server. */
export interface SessionStore {
  /** The session of whoever sent the cookies; `undefined` for whatever is no session of now. */
  read(cookies: readonly Cookie[]): Promise<StoredSession | undefined>
  /** The cookies to set for a session; `sent` are those of the request. */
  write(session: StoredSession, sent: readonly Cookie[]): Promise<readonly NewCookie[]>
  /**
   * The cookies to set so that none is left, and none of this login comes back: a request that was
   * under way meanwhile may renew it. `session` is the one that `sent` holds.
   */
  end(session: StoredSession | undefined, sent: readonly Cookie[]): readonly NewCookie[]
  /** The same session used now, when its cookie is worth writing again; else `undefined`. */
  renewed(session: StoredSession): StoredSession | undefined
  /** What the app may see of it. */
  show(session: StoredSession): Session
}

/** What the store depends on. */
export interface SessionStoreOptions extends Pick<AppOptions, 'idleSeconds' | 'absoluteSeconds'> {
  readonly settings: () => AppSettings
  readonly now: () => number
}

const name = 'vk-session'
/** Holds when the login that was ended last had begun: that one, and those before, are over. */
const endedName = 'vk-ended'

/** Makes the {@link SessionStore}. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const { settings, now, idleSeconds, absoluteSeconds } = options
  const sealer = createSealer('session', () => settings().cookieSecrets)
  const prefixed = (bare: string): string => (settings().isSecure ? `__Host-${bare}` : bare)
  const cookieName = (): string => prefixed(name)
  const hasEnded = ({ loggedInAt }: StoredSession, cookies: readonly Cookie[]): boolean =>
    cookies.some(
      (cookie) => cookie.name === prefixed(endedName) && loggedInAt <= Number(cookie.value),
    )
  const expiryOf = ({ loggedInAt, renewedAt }: StoredSession): number =>
    Math.min(renewedAt + idleSeconds, loggedInAt + absoluteSeconds)

  const remove = (names: readonly string[]): readonly NewCookie[] => {
    const { isSecure } = settings()
    return names.map((one) => {
      return { name: one, value: '', maxAgeSeconds: 0, isSecure }
    })
  }

  return {
    end: (session, sent) => {
      const removed = remove(chunkNames(cookieName(), sent))
      if (session === undefined) return removed
      const value = String(session.loggedInAt)
      const { isSecure } = settings()
      const ended = { name: prefixed(endedName), value, maxAgeSeconds: absoluteSeconds, isSecure }
      return [...removed, ended]
    },
    read: async (cookies) => {
      const text = fromChunks(cookieName(), cookies)
      const claims = text === undefined ? undefined : await sealer.open(text, now())
      const session = claims === undefined ? undefined : fromClaims(claims)
      // The lifetimes may have been shortened since the cookie was written.
      if (session === undefined || hasEnded(session, cookies)) return undefined
      return expiryOf(session) > now() ? session : undefined
    },
    write: async (session, sent) => {
      const { isSecure } = settings()
      const expiresAt = expiryOf(session)
      const chunks = toChunks(cookieName(), await sealer.seal(toClaims(session), expiresAt))
      if (chunks === undefined) {
        throw new ValetKeyError(
          'protocol_error',
          'The login does not fit into the session cookie: its refresh token is too long.',
        )
      }
      const written = new Set(chunks.map((chunk) => chunk.name))
      const old = chunkNames(cookieName(), sent).filter((sentName) => !written.has(sentName))
      // A login in the second of the one that was ended is another one.
      const ended = sent.filter((cookie) => cookie.name === prefixed(endedName))
      return [
        ...chunks.map((chunk) => ({ ...chunk, maxAgeSeconds: expiresAt - now(), isSecure })),
        ...remove([...old, ...ended.map((cookie) => cookie.name)]),
      ]
    },
    renewed: (session) => {
      const at = now()
      const isDue = at - session.renewedAt > idleSeconds / 10
      const next = { ...session, renewedAt: at }
      return isDue && expiryOf(next) > expiryOf(session) ? next : undefined
    },
    show: (session) => {
      const { user, loggedInAt } = session
      return { user, loggedInAt, expiresAt: expiryOf(session) }
    },
  }
}
