import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider'

import type { Client } from '../../domain/client.ts'
import type { ClientStore } from '../../ports/client-store.ts'
import type { NewRecord, RecordKey, RecordStore } from '../../ports/record-store.ts'
import type { ReplayStore } from '../../ports/replay-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Sealer } from '../../ports/sealer.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'
import type { TokenBoundBox } from '../../ports/token-bound-box.ts'
import { openPayload, sealPayload } from './record-payload.ts'

export interface OidcAdapterOptions {
  readonly tenant: string
  readonly records: RecordStore
  readonly replays: ReplayStore
  readonly clients: ClientStore
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly box: TokenBoundBox
  readonly runtime: Pick<Runtime, 'now'>
  /** What the vault knows of a client, in oidc-provider's words. */
  readonly clientMetadata: (client: Client) => AdapterPayload
  /** The refresh token that the request under way has rotated, if it has. */
  readonly rotatedRefreshToken: () => string | undefined
}

/**
 * So long after a code or token was redeemed, a second redemption is only refused: two requests that race are one user
 * with a slow network far more often than a thief, and ending the family would end it for the winner too (RV-52).
 */
const RACE_SECONDS = 2

/**
 * Where oidc-provider keeps things: ids hashed, payloads sealed, consumption by compare-and-set (RV-52, RV-53). Its own
 * contract lets two requests find a code unused and both go on.
 */
export function createOidcAdapter(options: OidcAdapterOptions): AdapterFactory {
  return (kind) => {
    if (kind === 'Client') return clientAdapter(options)
    return kind === 'ReplayDetection' ? replayAdapter(options) : recordAdapter(kind, options)
  }
}

function recordAdapter(kind: string, options: OidcAdapterOptions): Adapter {
  const { tenant, records, sealer, hasher, box, runtime } = options
  const keyOf = (id: string): RecordKey => ({ tenant, kind, idHash: hasher.hash(id) })

  async function toRecord(
    id: string,
    payload: AdapterPayload,
    expiresIn: number,
  ): Promise<NewRecord> {
    const now = runtime.now()
    const lookup = kind === 'Session' ? payload.uid : payload['userCode']
    const bound = {
      ...keyOf(id),
      lookupHash: typeof lookup === 'string' ? hasher.hash(lookup) : undefined,
      grantHash: payload.grantId === undefined ? undefined : hasher.hash(payload.grantId),
      userId: payload.accountId,
      clientId: payload.clientId,
    }
    return {
      ...bound,
      payload: await sealPayload(sealer, bound, payload),
      expiresAt: await rowExpiry(options, kind, { payload, expiresAt: now + expiresIn }),
      createdAt: now,
    }
  }

  return {
    async upsert(id, payload, expiresIn = 0) {
      const record = await toRecord(id, payload, expiresIn)
      const rotated = kind === 'RefreshToken' ? options.rotatedRefreshToken() : undefined
      if (rotated === undefined || rotated === id) return await records.put(record)
      const successor = box.seal(rotated, id)
      if (!(await records.putSuccessor({ record, predecessor: keyOf(rotated), successor }))) {
        throw new errors.InvalidGrant('the refresh token was revoked')
      }
    },

    async find(id) {
      const record = await records.find(keyOf(id))
      if (record === undefined || record.expiresAt <= runtime.now()) return undefined
      const { consumedAt } = record
      if (consumedAt !== undefined && runtime.now() - consumedAt < RACE_SECONDS) return undefined
      return await openPayload(sealer, record, id)
    },

    findByUid: async (uid) => await findByLookup(uid),
    findByUserCode: async (userCode) => await findByLookup(userCode),

    async consume(id) {
      if (await records.consume({ ...keyOf(id), now: runtime.now() })) return
      throw new errors.InvalidGrant('it was redeemed already')
    },

    destroy: async (id) => await records.remove(keyOf(id)),

    revokeByGrantId: async (grantId) =>
      await records.removeOfGrant({ tenant, kind, grantHash: hasher.hash(grantId) }),
  }

  async function findByLookup(value: string): Promise<AdapterPayload | undefined> {
    const lookupHash = hasher.hash(value)
    const record = await records.findByLookup({ tenant, kind, lookupHash })
    if (record === undefined || record.expiresAt <= runtime.now()) return undefined
    return await openPayload(sealer, record)
  }
}

/** A client that polls is told that it was too late, and not that its code was never one (RFC 8628 section 3.5). */
const POLLED_KINDS: readonly string[] = ['DeviceCode', 'BackchannelAuthenticationRequest']
const KEPT_EXPIRED_SECONDS = 300

/** A refresh token that nobody uses ends before its time (RV-54): the row's expiry is its idle one. */
async function rowExpiry(
  { tenant, clients, runtime }: OidcAdapterOptions,
  kind: string,
  { payload, expiresAt }: { readonly payload: AdapterPayload; readonly expiresAt: number },
): Promise<number> {
  const end = payload.exp ?? expiresAt
  if (POLLED_KINDS.includes(kind)) return end + KEPT_EXPIRED_SECONDS
  const { clientId } = payload
  if (kind !== 'RefreshToken' || clientId === undefined) return end
  const client = await clients.find({ tenant, clientId })
  return client === undefined
    ? end
    : Math.min(end, runtime.now() + client.refreshTokens.idleSeconds)
}

/** Clients are the vault's own; oidc-provider only reads them. */
function clientAdapter({ tenant, clients, clientMetadata }: OidcAdapterOptions): Adapter {
  return {
    ...readOnly('Client'),
    async find(clientId) {
      const client = await clients.find({ tenant, clientId })
      return client && clientMetadata(client)
    },
  }
}

/** A `jti` counts once, by the one store that knows them all (RV-96): to find it is already to use it. */
function replayAdapter({ tenant, replays, runtime }: OidcAdapterOptions): Adapter {
  return {
    ...readOnly('ReplayDetection'),
    async upsert(id, _payload, expiresIn = 0) {
      const now = runtime.now()
      const scope = 'dpop'
      const isNew = await replays.remember({
        tenant,
        scope,
        jti: id,
        expiresAt: now + expiresIn,
        now,
      })
      if (!isNew) throw new errors.InvalidDpopProof('the proof was used before')
    },
  }
}

function readOnly(kind: string): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error(`oidc-provider does not write to ${kind}`)
  }
  const nothing = async (): Promise<undefined> => undefined
  return {
    upsert: refuse,
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  }
}
