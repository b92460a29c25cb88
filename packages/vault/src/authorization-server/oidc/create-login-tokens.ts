import type { Client } from '../../domain/client.ts'
import type { LoginTokens } from '../../ports/login-tokens.ts'
import type { RecordKey, RecordStore, VaultRecord } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'
import type { TokenBoundBox } from '../../ports/token-bound-box.ts'

export interface LoginTokensOptions {
  readonly tenant: string
  readonly records: RecordStore
  readonly hasher: SecretHasher
  readonly box: TokenBoundBox
  readonly runtime: Pick<Runtime, 'now'>
}

export const REFRESH_TOKEN_KIND = 'RefreshToken'

/** A rotation writes its successor within milliseconds; after so long the process that began it is gone. */
const ABANDONED_SECONDS = 10
/** The idle expiry is put off once this much of it has passed: a write for each use would cost more than it tells. */
const TOUCH_AFTER = 0.1

/** The vault's own refresh tokens, as records of the authorization server. */
export function createLoginTokens({
  tenant,
  records,
  hasher,
  box,
  runtime,
}: LoginTokensOptions): LoginTokens {
  const keyOf = (token: string): RecordKey => ({
    tenant,
    kind: REFRESH_TOKEN_KIND,
    idHash: hasher.hash(token),
  })

  async function find(client: Client, token: string): Promise<VaultRecord | undefined> {
    const record = await records.find(keyOf(token))
    return record?.clientId === client.id && record.expiresAt > runtime.now() ? record : undefined
  }

  return {
    async rotationOf({ client, refreshToken }) {
      const record = await find(client, refreshToken)
      const { consumedAt, successor } = record ?? {}
      const { graceSeconds } = client.refreshTokens
      if (consumedAt === undefined) return { state: 'none' }
      const age = runtime.now() - consumedAt
      if (age > graceSeconds || graceSeconds === 0) return { state: 'none' }
      if (successor === undefined) {
        if (age < ABANDONED_SECONDS) return { state: 'under_way' }
        await records.reopen({ ...keyOf(refreshToken), consumedAt })
        return { state: 'none' }
      }
      // Of a chain only the last link but one is answered: an older one is nobody's honest mistake.
      const next = box.open(refreshToken, successor)
      if (next === undefined) return { state: 'none' }
      const isUsed = (await find(client, next))?.consumedAt !== undefined
      return isUsed ? { state: 'none' } : { state: 'replaced', successor: next }
    },

    async used({ client, refreshToken }) {
      const record = await find(client, refreshToken)
      if (record === undefined || record.consumedAt !== undefined) return
      await touch(record, client)
    },

    touch,
  }

  async function touch(record: VaultRecord, client: Client): Promise<void> {
    const { idleSeconds, absoluteSeconds } = client.refreshTokens
    const now = runtime.now()
    const end = Math.min(now + idleSeconds, record.createdAt + absoluteSeconds)
    if (end - record.expiresAt < idleSeconds * TOUCH_AFTER) return
    await records.extend({ ...record, expiresAt: end, now })
  }
}
