import type { JWTPayload } from 'jose'

/** Who is logged in, as the login said it. */
export interface SessionUser {
  /** The user's id at the vault: `sub` of the ID token. */
  readonly id: string
  readonly name: string | undefined
  readonly email: string | undefined
  /** An `https` URL. */
  readonly picture: string | undefined
}

/** A login of the app. There is no token in it: it may be given to a client component. */
export interface Session {
  readonly user: SessionUser
  /** Epoch seconds. */
  readonly loggedInAt: number
  /** Epoch seconds; later where the app is used meanwhile. */
  readonly expiresAt: number
}

/** What the session cookie keeps. */
export interface StoredSession {
  readonly user: SessionUser
  /** Of the login, never of a provider. */
  readonly refreshToken: string
  /** Session of the browser at the vault: `sid` of the ID token. */
  readonly loginSession: string | undefined
  /** Epoch seconds. */
  readonly loggedInAt: number
  /** Epoch seconds: when the cookie was written. */
  readonly renewedAt: number
}

const longestText = { id: 255, name: 200, email: 254, picture: 512, loginSession: 128 } as const

/** The user of an ID token; what is too long for a cookie is left out. Its claims are the user's to choose. */
export function userOf(claims: Readonly<Record<string, unknown>>): SessionUser | undefined {
  const id = textOf(claims['sub'], longestText.id)
  if (id === undefined) return undefined
  const picture = textOf(claims['picture'], longestText.picture)
  return {
    id,
    name: textOf(claims['name'], longestText.name),
    email: textOf(claims['email'], longestText.email),
    picture: picture?.startsWith('https://') === true ? picture : undefined,
  }
}

/** `sid`, for logging out. */
export function loginSessionOf(claims: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(claims['sid'], longestText.loginSession)
}

/** As the claims of the session cookie. */
export function toClaims({ user, ...session }: StoredSession): JWTPayload {
  return {
    sub: user.id,
    name: user.name,
    email: user.email,
    picture: user.picture,
    sid: session.loginSession,
    refreshToken: session.refreshToken,
    loggedInAt: session.loggedInAt,
    renewedAt: session.renewedAt,
  }
}

/** From the claims of the session cookie; `undefined` for those of another version. */
export function fromClaims(claims: JWTPayload): StoredSession | undefined {
  const user = userOf(claims)
  const { refreshToken, loggedInAt, renewedAt } = claims
  if (user === undefined || typeof refreshToken !== 'string') return undefined
  if (typeof loggedInAt !== 'number' || typeof renewedAt !== 'number') return undefined
  return { user, refreshToken, loginSession: loginSessionOf(claims), loggedInAt, renewedAt }
}

function textOf(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined
}
