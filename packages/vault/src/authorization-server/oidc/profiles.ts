import { parseStrictJson } from '../../domain/parse-strict-json.ts'
import type { Profile, ProfileStore } from '../../ports/profile-store.ts'
import type { RecordStore } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { SealContext, Sealer } from '../../ports/sealer.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'
import { isObject } from '../read-jwt.ts'

const KIND = 'Profile'
/** Ten years: it is replaced at each login, and removed with the user. */
const KEEP_SECONDS = 315_360_000

/** Profiles of users, sealed like everything that is about a person. */
export function createProfileStore({
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
}): ProfileStore {
  const contextOf = (userId: string): SealContext => ({
    tenant,
    owner: userId,
    record: KIND,
    column: 'payload',
    generation: 0,
    bindings: [],
  })
  const keyOf = (userId: string) => ({ tenant, kind: KIND, idHash: hasher.hash(userId) })
  return {
    async find(userId) {
      const record = await records.find(keyOf(userId))
      if (record === undefined) return {}
      const stored = parseStrictJson(await sealer.open(record.payload, contextOf(userId)))
      return isObject(stored) ? toProfile(stored) : {}
    },
    async replace(userId, profile) {
      const now = runtime.now()
      await records.put({
        ...keyOf(userId),
        userId,
        payload: await sealer.seal(JSON.stringify(profile), contextOf(userId)),
        expiresAt: now + KEEP_SECONDS,
        createdAt: now,
      })
    },
  }
}

function toProfile({
  name,
  picture,
  email,
  isEmailVerified,
}: Readonly<Record<string, unknown>>): Profile {
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof picture === 'string' && { picture }),
    ...(typeof email === 'string' && { email }),
    ...(typeof isEmailVerified === 'boolean' && { isEmailVerified }),
  }
}
