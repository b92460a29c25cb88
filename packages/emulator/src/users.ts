import { createHash } from 'node:crypto'

/** A person of the emulator's directory. Everyone has an account at every provider. */
export interface EmulatorUser {
  /** `demo`, `alice`; also the subject at the identity provider. */
  readonly id: string
  readonly name: string
  readonly email: string
}

/** A user's account at one provider; the same at every start. */
export interface ProviderAccount {
  /** Decimal digits; the `sub` of an ID token and the numeric id of an API. */
  readonly subject: string
  readonly login: string
  readonly name: string
  readonly email: string
}

/** Who lives in the emulator unless other users are given. The first one is signed in. */
export const defaultUsers: readonly EmulatorUser[] = [
  { id: 'demo', name: 'Demo User', email: 'demo@example.com' },
  { id: 'alice', name: 'Alice Archer', email: 'alice@example.com' },
  { id: 'bob', name: 'Bob Baker', email: 'bob@example.com' },
  { id: 'bobby', name: 'Bobby Brown', email: 'bobby@example.com' },
]

/** The account of a user at a provider. At the identity provider the subject is the user's id. */
export function accountOf(providerId: string, user: EmulatorUser): ProviderAccount {
  return {
    subject: providerId === IDENTITY_PROVIDER_ID ? user.id : stableNumber(providerId, user.id),
    login: user.id,
    name: user.name,
    email: user.email,
  }
}

/** The provider id under which the emulator is a login system. */
export const IDENTITY_PROVIDER_ID = 'idp'

/** An id such as `T3A9F…` that stays the same for the same parts. */
export function stableId(prefix: string, ...parts: readonly string[]): string {
  return prefix + digest(parts).slice(0, 10).toUpperCase()
}

/** The user that a `login_hint` names: id, e-mail or account subject. */
export function findUser(
  users: readonly EmulatorUser[],
  providerId: string,
  hint: string,
): EmulatorUser | undefined {
  const wanted = hint.toLowerCase()
  return users.find(
    (user) =>
      user.id.toLowerCase() === wanted ||
      user.email.toLowerCase() === wanted ||
      accountOf(providerId, user).subject === hint,
  )
}

function stableNumber(...parts: readonly string[]): string {
  // Nine digits: also exact as a JSON number.
  return String(100_000_000 + (Number.parseInt(digest(parts).slice(0, 12), 16) % 900_000_000))
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
