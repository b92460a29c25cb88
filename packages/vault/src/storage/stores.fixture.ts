import type { Account } from '../domain/account.ts'
import type { ConnectAttempt } from '../domain/attempt.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { KeyVersionStore } from '../ports/key-version-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { RecordStore } from '../ports/record-store.ts'
import type { RegistrationStore } from '../ports/registration-store.ts'
import type { SigningKeyStore } from '../ports/signing-key-store.ts'
import type { UserDirectory } from '../ports/user-directory.ts'
import type { UserStore } from '../ports/user-store.ts'
import { someMacKeys } from './mac-keys.fixture.ts'
import type { SweepableReplayStore } from './replay-store.ts'
import type { SqliteStore } from './sqlite-store.ts'
import type { UserStoreOptions } from './user-store.ts'

/** What a contract suite needs of one vault process. */
export interface Stores {
  readonly accounts: AccountStore
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly replays: SweepableReplayStore
  readonly records: RecordStore
  readonly keyVersions: KeyVersionStore
  readonly signingKeys: SigningKeyStore
  readonly registrations: RegistrationStore
  readonly userDirectory: UserDirectory
}

/** The stores of one process. All that are opened without keys of their own have the same ones. */
export function storesOf(
  store: SqliteStore,
  { keys = KEYS, logger = { error: () => {} } }: Partial<Omit<UserStoreOptions, 'database'>> = {},
): Stores {
  return {
    ...store,
    users: store.users({ keys, logger }),
    consents: store.consents({ keys, logger }),
  }
}

const KEYS = someMacKeys()

/** Two vault processes on one new, empty database. */
export interface TwoNodes {
  readonly first: Stores
  readonly second: Stores
  readonly close: () => void | Promise<void>
}

export type OpenTwoNodes = () => Promise<TwoNodes>

export const TENANT = 'default'

/** Ids that a careless store confuses: prefixes, case, separators, patterns, SQL, normalisation forms, white space. */
export const NASTY_IDS: readonly string[] = [
  '',
  ' ',
  'bob',
  'bobby',
  'BOB',
  'bob ',
  ' bob',
  'bo%',
  'b_b',
  '%',
  '_',
  '*',
  'a/b',
  'a',
  'a|bc',
  'ab|c',
  'a:b',
  'a\\b',
  'a\nb',
  'a\tb',
  "'; drop table accounts; --",
  '" or 1=1 --',
  'null',
  '0',
  '00',
  '1e3',
  '1000',
  '__proto__',
  'é',
  'e\u0301',
  'ｂｏｂ',
  '🤖',
  '🤖🤖',
  '\u202ebob',
  'x'.repeat(2_000),
]

/** Text that not every engine keeps: it may be refused, but never become another. */
export const UNSTORABLE_IDS: readonly string[] = ['a\0b', '\0', '\ud800', '\udfff', 'bob\0by']

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** A 32-byte hash that differs by seed. */
export function aHash(seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed)
}

export function anAccount(overrides: Partial<Account> = {}): Account {
  return {
    tenant: TENANT,
    id: 'cac_1',
    userId: 'usr_1',
    connection: 'google',
    providerAccountId: 'google-1',
    label: 'bob@example.com',
    state: 'active',
    scopes: ['email', 'calendar'],
    generation: 1,
    accessToken: bytes(1, 2, 3),
    refreshToken: bytes(4, 5, 6),
    accessIssuedAt: 1_000,
    accessExpiresAt: 4_600,
    refresh: { failCount: 0 },
    createdAt: 1_000,
    updatedAt: 1_000,
    ...overrides,
  }
}

export function anAttempt(overrides: Partial<ConnectAttempt> = {}): ConnectAttempt {
  return {
    tenant: TENANT,
    id: 'att_1',
    state: 'started',
    mode: 'ticket',
    identity: { issuer: 'https://idp.example.com/', subject: 'bob' },
    userId: 'usr_1',
    clientId: 'my-agent',
    connection: 'google',
    scopes: ['email'],
    scopesMode: 'accumulate',
    redirectUri: 'https://app.example.com/done',
    clientState: 'opaque',
    codeChallenge: 'challenge',
    authorizationParams: { login_hint: 'bob@example.com' },
    ticketHash: aHash(1),
    authSessionHash: aHash(2),
    expiresAt: 1_600,
    createdAt: 1_000,
    ...overrides,
  }
}

/** Takes an attempt through the browser, so that it holds pending tokens; the account is whose tokens they are. */
export async function anAttemptReturned(
  { attempts }: Pick<Stores, 'attempts'>,
  attempt: ConnectAttempt,
  providerAccountId?: string,
): Promise<void> {
  const key = { tenant: attempt.tenant, id: attempt.id }
  await attempts.insert(attempt)
  await attempts.redirect({
    ...key,
    providerStateHash: Uint8Array.from([...attempt.ticketHash].toReversed().map((b) => b ^ 0xff)),
    browserHash: aHash(9),
    providerSecrets: bytes(9, 9),
  })
  await attempts.takeReturn(key)
  await attempts.recordReturn({
    ...key,
    connectCodeHash: aHash(7),
    pending: bytes(7, 7, 7),
    providerAccountId,
    expiresAt: attempt.expiresAt,
  })
}

/** Puts an account in as the vault does: through a completed attempt. */
export async function connectAccount(
  stores: Pick<Stores, 'attempts' | 'users'>,
  account: Account,
): Promise<void> {
  await stores.users.findOrCreate({
    tenant: account.tenant,
    identity: { issuer: 'https://idp.example.com/', subject: account.userId },
    userId: account.userId,
    now: account.createdAt,
  })
  seed += 1
  const attempt = anAttempt({
    tenant: account.tenant,
    id: `att_for_${seed}`,
    userId: account.userId,
    connection: account.connection,
    ticketHash: seededHash(1, seed),
    authSessionHash: seededHash(2, seed),
  })
  await anAttemptReturned(stores, attempt, account.providerAccountId)
  const completed = await stores.attempts.complete({
    tenant: account.tenant,
    id: attempt.id,
    account,
    now: account.createdAt,
  })
  if (!completed) throw new Error('The fixture could not connect the account')
}

let seed = 0

function seededHash(first: number, number: number): Uint8Array {
  const hash = new Uint8Array(32).fill(first)
  new DataView(hash.buffer).setUint32(28, number)
  return hash
}
