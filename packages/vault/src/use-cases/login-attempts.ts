import { base64url } from '../domain/base64url.ts'
import { type JsonRecord, readJsonRecord } from '../domain/json-record.ts'
import type { LoginAttempt, LoginGoal } from '../domain/login.ts'
import type { RecordStore } from '../ports/record-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'

/** Logins that are at a provider, by the `state` they went there with. */
export interface LoginAttempts {
  readonly keep: (state: string, attempt: LoginAttempt) => Promise<void>
  readonly find: (state: string) => Promise<LoginAttempt | undefined>
  /** True for one of all who take it: a `state` counts once (RV-61). */
  readonly take: (state: string) => Promise<boolean>
}

const KIND = 'Login'

/** The state of a login begins so: a callback is told apart from a connect flow's by it. */
export const LOGIN_STATE = /^login-[0-9A-Za-z]{32}$/

export function createLoginAttempts({
  tenant,
  records,
  sealer,
  hasher,
  runtime,
}: {
  readonly tenant: string
  readonly records: RecordStore
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
}): LoginAttempts {
  const keyOf = (state: string) => ({ tenant, kind: KIND, idHash: hasher.hash(state) })
  const contextOf = (state: string): SealContext => ({
    tenant,
    owner: 'login',
    record: base64url(hasher.hash(state)),
    column: 'payload',
    generation: 0,
    bindings: [],
  })
  return {
    async keep(state, attempt) {
      await records.put({
        ...keyOf(state),
        payload: await sealer.seal(JSON.stringify(toStored(attempt)), contextOf(state)),
        clientId: attempt.clientId,
        expiresAt: attempt.expiresAt,
        createdAt: runtime.now(),
      })
    },
    async find(state) {
      const record = await records.find(keyOf(state))
      if (record === undefined || record.consumedAt !== undefined) return undefined
      const stored = readJsonRecord(await sealer.open(record.payload, contextOf(state)))
      return {
        id: stored.text('id'),
        goal: goalOf(stored),
        clientId: stored.text('clientId'),
        connection: stored.text('connection'),
        scopes: stored.texts('scopes'),
        codeVerifier: stored.text('codeVerifier'),
        nonce: stored.text('nonce'),
        browserHash: stored.text('browserHash'),
        expiresAt: stored.number('expiresAt'),
      }
    },
    take: async (state) => await records.consume({ ...keyOf(state), now: runtime.now() }),
  }
}

function toStored({ goal, ...attempt }: LoginAttempt): Readonly<Record<string, unknown>> {
  return goal.kind === 'interaction'
    ? { ...attempt, interactionId: goal.id }
    : { ...attempt, userId: goal.userId, sessionId: goal.sessionId }
}

function goalOf(stored: JsonRecord): LoginGoal {
  const id = stored.optionalText('interactionId')
  return id === undefined
    ? { kind: 'identity', userId: stored.text('userId'), sessionId: stored.text('sessionId') }
    : { kind: 'interaction', id }
}
