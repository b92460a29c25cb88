import type { AdapterPayload } from 'oidc-provider'

import { base64url } from '../../domain/base64url.ts'
import { parseStrictJson } from '../../domain/parse-strict-json.ts'
import type { NewRecord, VaultRecord } from '../../ports/record-store.ts'
import type { SealContext, Sealer } from '../../ports/sealer.ts'
import { isObject } from '../read-jwt.ts'

/**
 * Two kinds are changed after they were found by another name than their id, so their id is kept, sealed like all else.
 * Everywhere else the id is the bearer value itself, and stays out of the payload (RV-53).
 */
const KEEPS_ID: readonly string[] = ['DeviceCode', 'BackchannelAuthenticationRequest']

type Bound = Pick<
  NewRecord,
  'tenant' | 'kind' | 'idHash' | 'lookupHash' | 'grantHash' | 'userId' | 'clientId'
>

/** The sealed form of what oidc-provider stores, bound to every column that leads to it. */
export async function sealPayload(
  sealer: Sealer,
  record: Bound,
  payload: AdapterPayload,
): Promise<Uint8Array> {
  const { jti: _bearerValue, ...rest } = payload
  const kept = KEEPS_ID.includes(record.kind) ? payload : rest
  return await sealer.seal(JSON.stringify(kept), contextOf(record))
}

/** @throws {DecryptError} for a record that was moved or altered outside of the vault. */
export async function openPayload(
  sealer: Sealer,
  record: VaultRecord,
  id?: string,
): Promise<AdapterPayload> {
  const json = parseStrictJson(await sealer.open(record.payload, contextOf(record)))
  if (!isObject(json)) throw new TypeError('A stored record is no JSON object')
  return {
    ...json,
    ...(id !== undefined && { jti: id }),
    ...(record.consumedAt !== undefined && { consumed: record.consumedAt }),
  }
}

function contextOf({
  tenant,
  kind,
  idHash,
  lookupHash,
  grantHash,
  userId,
  clientId,
}: Bound): SealContext {
  const hashed = [lookupHash, grantHash].map((hash) => (hash === undefined ? '' : base64url(hash)))
  return {
    tenant,
    owner: 'record',
    record: base64url(idHash),
    column: kind,
    generation: 0,
    bindings: [...hashed, userId ?? '', clientId ?? ''],
  }
}
