import { parse } from 'hono/utils/cookie'
import type Provider from 'oidc-provider'
import type { AdapterPayload } from 'oidc-provider'

import { base64url } from '../../domain/base64url.ts'
import type { AuthorizationServer, Session } from '../../ports/authorization-server.ts'
import type { Logger } from '../../ports/logger.ts'
import type { RecordStore, VaultRecord } from '../../ports/record-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { Sealer } from '../../ports/sealer.ts'
import type { SecretHasher } from '../../ports/secret-hasher.ts'
import { sessionCookieName } from './configuration.ts'
import { openPayload } from './record-payload.ts'

export interface SessionsOptions {
  readonly tenant: string
  readonly issuer: string
  readonly records: RecordStore
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
  readonly logger: Logger
  /** The library with the keys of now. */
  readonly provider: () => Promise<Provider>
}

const KIND = 'Session'

/** Who is logged in, where; and the end of it, as far as it goes when somebody logs out. */
export function createSessions(
  options: SessionsOptions,
): Pick<AuthorizationServer, 'findSession' | 'listSessions' | 'endSession'> {
  const { tenant, issuer, records, hasher } = options
  return {
    async findSession({ cookies }) {
      const name = sessionCookieName(issuer)
      const value = cookies === undefined ? undefined : parse(cookies, name)[name]
      if (value === undefined) return undefined
      const record = await records.find({ tenant, kind: KIND, idHash: hasher.hash(value) })
      return record && (await toSession(options, record))
    },

    async listSessions({ userId }) {
      const found = await records.listOfUser({ tenant, kind: KIND, userId })
      const sessions = await Promise.all(found.map((record) => toSession(options, record)))
      return sessions.filter((session) => session !== undefined)
    },

    async endSession({ id, userId }) {
      const found = await records.listOfUser({ tenant, kind: KIND, userId })
      for (const record of found.filter((candidate) => idOf(candidate) === id)) {
        const { authorizations } = await openPayload(options.sealer, record)
        // First the session: whatever fails afterwards, nobody goes on with it.
        await records.remove(record)
        await endLogins(options, userId, authorizations ?? {})
      }
    },
  }
}

async function toSession(
  { sealer, runtime }: SessionsOptions,
  record: VaultRecord,
): Promise<Session | undefined> {
  if (record.expiresAt <= runtime.now()) return undefined
  const { accountId, loginTs, authorizations } = await openPayload(sealer, record)
  if (accountId === undefined || loginTs === undefined) return undefined
  return {
    id: idOf(record),
    userId: accountId,
    authenticatedAt: loginTs,
    expiresAt: record.expiresAt,
    clientIds: Object.keys(authorizations ?? {}),
  }
}

/** The cookie's value changes with every login; this stays for as long as the session does. */
function idOf({ lookupHash, idHash }: VaultRecord): string {
  return base64url(lookupHash ?? idHash)
}

/**
 * As logging out does (OpenID Connect RP-Initiated Logout section 2): grants that do not outlive the session end, and
 * clients that want to know are told. One that does not listen keeps nothing from ending.
 */
async function endLogins(
  { provider: current, logger }: SessionsOptions,
  userId: string,
  authorizations: NonNullable<AdapterPayload['authorizations']>,
): Promise<void> {
  const provider = await current()
  const { AccessToken, RefreshToken, AuthorizationCode, DeviceCode } = provider
  await Promise.all(
    Object.entries(authorizations).map(async ([clientId, { grantId, sid, persistsLogout }]) => {
      if (grantId !== undefined && persistsLogout !== true) {
        for (const model of [AccessToken, RefreshToken, AuthorizationCode, DeviceCode]) {
          await model.revokeByGrantId(grantId)
        }
        const grant = await provider.Grant.find(grantId)
        await grant?.destroy()
      }
      const client = await provider.Client.find(clientId)
      if (client?.backchannelLogoutUri === undefined || !isLogoutReceiver(client)) return
      try {
        await client.backchannelLogout(userId, sid)
      } catch (error) {
        logger.warn('A client could not be told that a session has ended', { clientId, error })
      }
    }),
  )
}

interface LogoutReceiver {
  readonly backchannelLogout: (subject: string, sid: string | undefined) => Promise<unknown>
}

/** The library's own types leave this method out. */
function isLogoutReceiver(client: object): client is LogoutReceiver {
  return 'backchannelLogout' in client && typeof client.backchannelLogout === 'function'
}
