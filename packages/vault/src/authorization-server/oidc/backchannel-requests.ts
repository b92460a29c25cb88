import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'

import { base64url } from '../../domain/base64url.ts'
import type { Client } from '../../domain/client.ts'
import { parseScope } from '../../domain/scope.ts'
import type { AuthorizationServer, BackchannelRequest } from '../../ports/authorization-server.ts'
import type { ClientStore } from '../../ports/client-store.ts'
import type { RecordStore, VaultRecord } from '../../ports/record-store.ts'
import type { ReplayStore } from '../../ports/replay-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Sealer } from '../../ports/sealer.ts'
import { isObject } from '../read-jwt.ts'
import { openPayload } from './record-payload.ts'
import { resourceServerOf, type ResourceServerOptions } from './resource-server.ts'

const KIND = 'BackchannelAuthenticationRequest'

export interface BackchannelRequestsOptions extends ResourceServerOptions {
  readonly records: Pick<RecordStore, 'listOfUser'>
  readonly replays: ReplayStore
  readonly clients: ClientStore
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
  readonly provider: () => Promise<Provider>
}

type BackchannelRequests = Pick<AuthorizationServer, 'listBackchannel' | 'decideBackchannel'>

/** Requests of CIBA that wait for their user, and the user's decision. */
export function createBackchannelRequests(
  options: BackchannelRequestsOptions,
): BackchannelRequests {
  const { tenant, records, replays, clients, sealer, runtime } = options

  async function waitingOf(userId: string): Promise<readonly Waiting[]> {
    const found = await records.listOfUser({ tenant, kind: KIND, userId })
    const read = await Promise.all(found.map(async (record) => await readWaiting(sealer, record)))
    return read.flatMap((waiting) =>
      waiting !== undefined && waiting.request.expiresAt > runtime.now() ? [waiting] : [],
    )
  }

  return {
    listBackchannel: async ({ userId }) => (await waitingOf(userId)).map(({ request }) => request),

    async decideBackchannel({ id, userId, decision }) {
      const waiting = (await waitingOf(userId)).find(({ request }) => request.id === id)
      const client = waiting && (await clients.find({ tenant, clientId: waiting.request.clientId }))
      if (waiting === undefined || client === undefined) return false
      const { request, authReqId } = waiting
      // The library reads and writes; what is decided once stays decided.
      const isFirst = await replays.remember({
        tenant,
        scope: 'backchannel-decision',
        jti: id,
        expiresAt: request.expiresAt,
        now: runtime.now(),
      })
      if (!isFirst) return false
      const provider = await options.provider()
      const result =
        decision === 'deny'
          ? new errors.AccessDenied('the user did not allow it')
          : await grantOf(options, { provider, request, client, userId })
      await provider.backchannelResult(authReqId, result)
      return true
    },
  }
}

interface Waiting {
  readonly request: BackchannelRequest
  readonly authReqId: string
}

/** A request that nobody has decided yet; `undefined` for others. */
async function readWaiting(sealer: Sealer, record: VaultRecord): Promise<Waiting | undefined> {
  const { jti, exp, clientId, grantId, scope, resource, error, params } = await openPayload(
    sealer,
    record,
  )
  const isDecided = grantId !== undefined || error !== undefined || record.consumedAt !== undefined
  if (jti === undefined || exp === undefined || clientId === undefined || isDecided) {
    return undefined
  }
  const message = isObject(params) ? params['binding_message'] : undefined
  return {
    authReqId: jti,
    request: {
      id: base64url(record.idHash),
      clientId,
      scopes: parseScope(scope ?? '') ?? [],
      resources: [resource ?? []].flat(),
      ...(typeof message === 'string' && { bindingMessage: message }),
      createdAt: record.createdAt,
      expiresAt: exp,
    },
  }
}

/** What the user said yes to: what was asked for, within what the client may have. */
async function grantOf(
  options: BackchannelRequestsOptions,
  {
    provider,
    request,
    client,
    userId,
  }: {
    readonly provider: Provider
    readonly request: BackchannelRequest
    readonly client: Client
    readonly userId: string
  },
): Promise<InstanceType<Provider['Grant']>> {
  const grant = new provider.Grant({ accountId: userId, clientId: client.id })
  grant.addOIDCScope(request.scopes.join(' '))
  for (const resource of request.resources) {
    const { scope } = await resourceServerOf(options, resource, client)
    const known = scope.split(' ')
    const asked = request.scopes.filter((name) => known.includes(name))
    if (asked.length > 0) grant.addResourceScope(resource, asked.join(' '))
  }
  await grant.save()
  return grant
}
