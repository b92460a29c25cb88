import { readJsonRecord } from '../domain/json-record.ts'
import { randomText } from '../domain/random-text.ts'
import type { OutboxDraft } from '../ports/account-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import { outboxSealContext } from './seal-contexts.ts'

/** Tokens that must end at the provider, and whose they were. Sealed while they wait in the outbox. */
export interface Revocation {
  readonly connection: string
  readonly providerAccountId: string
  readonly userId: string
  /** The account that held them; absent when they never got as far as an account. */
  readonly accountId?: string | undefined
  readonly accessToken: string
  /** Revoked rather than the access token where there is one: that ends both (RFC 7009 section 2.1). */
  readonly refreshToken?: string | undefined
}

export interface RevocationDependencies {
  readonly tenant: string
  readonly sealer: Sealer
  readonly runtime: Runtime
}

/**
 * An outbox entry that revokes these tokens. Whether another live account shares the grant (R10) is asked when it is
 * delivered, since the user may have connected again by then.
 */
export async function draftRevocation(
  { tenant, sealer, runtime }: RevocationDependencies,
  revocation: Revocation,
): Promise<OutboxDraft> {
  const id = `out_${randomText(runtime.randomBytes, 22)}`
  return {
    id,
    kind: 'provider_revocation',
    payload: await sealer.seal(JSON.stringify(revocation), outboxSealContext(tenant, id)),
  }
}

/** Reads an entry that {@link draftRevocation} made. @throws {DecryptError} */
export async function openRevocation(
  { tenant, sealer }: Pick<RevocationDependencies, 'tenant' | 'sealer'>,
  { id, payload }: OutboxDraft,
): Promise<Revocation> {
  const record = readJsonRecord(await sealer.open(payload, outboxSealContext(tenant, id)))
  return {
    connection: record.text('connection'),
    providerAccountId: record.text('providerAccountId'),
    userId: record.text('userId'),
    accountId: record.optionalText('accountId'),
    accessToken: record.text('accessToken'),
    refreshToken: record.optionalText('refreshToken'),
  }
}
