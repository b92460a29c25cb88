import type { GrantStatus } from '../../ports/grant-status.ts'
import type { RecordStore } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'

/** As oidc-provider calls what its tokens of one login have in common. */
const GRANT_KIND = 'Grant'

/** A login lasts as long as the record of its grant. */
export function createGrantStatus({
  records,
  hasher,
  runtime,
}: {
  readonly records: Pick<RecordStore, 'isAlive'>
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
}): GrantStatus {
  return {
    isAlive: async ({ tenant, grantId }) =>
      await records.isAlive({
        tenant,
        kind: GRANT_KIND,
        idHash: hasher.hash(grantId),
        now: runtime.now(),
      }),
  }
}
