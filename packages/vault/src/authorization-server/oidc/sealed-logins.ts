import type { AdapterPayload } from 'oidc-provider'

import type { VaultRecord } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Sealer } from '../../ports/sealer.ts'
import { createRecentEntries } from '../recent-entries.ts'
import { openPayload } from './record-payload.ts'

/** Of what a refresh token's record has sealed, what the exchange asks for. The token is not in it. */
export type SealedLogin = Readonly<
  Pick<AdapterPayload, 'accountId' | 'grantId' | 'clientId' | 'jkt' | 'exp' | 'scope' | 'resource'>
>

export interface SealedLoginsOptions {
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
}

/** @throws what the sealer throws for a record that was moved or altered, or whose key may not be used any more. */
export type ReadSealedLogin = (record: VaultRecord) => Promise<SealedLogin>

/** How long what was opened is kept for the next exchange with the same token. */
const LIFE_SECONDS = 300

/**
 * Reads sealed logins, and opens each once in a while (P1). It gives again only what it opened from these very bytes,
 * in a row whose every bound column is the same, and while their key may be used: whatever makes {@link openPayload}
 * answer otherwise, makes it open anew. All else about a token is in the row's other columns, which are not kept.
 */
export function createSealedLogins({ sealer, runtime }: SealedLoginsOptions): ReadSealedLogin {
  const opened = createRecentEntries<{ readonly record: Bound; readonly login: SealedLogin }>({
    runtime,
    lifeSeconds: LIFE_SECONDS,
  })
  return async (record) => {
    const key = Buffer.from(record.idHash).toString('latin1')
    const known = opened.get(key)
    if (known !== undefined && isSame(known.record, record)) {
      await sealer.checkKey(record.payload)
      return known.login
    }
    const { accountId, grantId, clientId, jkt, exp, scope, resource } = await openPayload(
      sealer,
      record,
    )
    const login = { accountId, grantId, clientId, jkt, exp, scope, resource }
    opened.remember(key, { record: boundOf(record), login })
    return login
  }
}

/** All that the seal covers, beside the id that the entry is kept under. */
type Bound = Pick<
  VaultRecord,
  'tenant' | 'kind' | 'payload' | 'lookupHash' | 'grantHash' | 'userId' | 'clientId'
>

function boundOf(record: VaultRecord): Bound {
  const { tenant, kind, payload, lookupHash, grantHash, userId, clientId } = record
  return { tenant, kind, payload, lookupHash, grantHash, userId, clientId }
}

function isSame(known: Bound, record: Bound): boolean {
  return (
    known.tenant === record.tenant &&
    known.kind === record.kind &&
    known.userId === record.userId &&
    known.clientId === record.clientId &&
    areSame(known.lookupHash, record.lookupHash) &&
    areSame(known.grantHash, record.grantHash) &&
    areSame(known.payload, record.payload)
  )
}

function areSame(first: Uint8Array | undefined, second: Uint8Array | undefined): boolean {
  if (first === undefined || second === undefined) return first === second
  return Buffer.compare(first, second) === 0
}
