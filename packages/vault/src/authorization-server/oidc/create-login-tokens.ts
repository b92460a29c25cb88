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
    async successorOf({ client, refreshToken }) {
      const record = await find(client, refreshToken)
      const { consumedAt, successor } = record ?? {}
      if (record === undefined || consumedAt === undefined) return undefined
      const age = runtime.now() - consumedAt
      if (successor === undefined) {
        const isAbandoned = age >= ABANDONED_SECONDS && age <= client.refreshTokens.graceSeconds
        if (isAbandoned) await records.reopen({ ...keyOf(refreshToken), consumedAt })
        return undefined
      }
      if (age > client.refreshTokens.graceSeconds) return undefined
      // Of a chain only the last link but one is answered: an older one is nobody's honest mistake.
      const next = box.open(refreshToken, successor)
      const isUsed = next !== undefined && (await find(client, next))?.consumedAt !== undefined
      return isUsed ? undefined : next
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
