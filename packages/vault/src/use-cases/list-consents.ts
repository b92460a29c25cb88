import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import type { Consent } from '../domain/consent.ts'
import { accept, type Result } from '../domain/result.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import type { PageCursors } from './page-cursors.ts'

export interface ListConsentsRequest {
  readonly caller: MyAccountCaller
  /** `next` of the previous page, as it came. */
  readonly cursor?: string | undefined
  readonly limit: number
}

/** What the user allowed one client. */
export interface ClientConsents {
  readonly clientId: string
  /** Absent for a client that is not registered any more. */
  readonly clientName?: string | undefined
  /** Whether the client gets tokens without it: by its registration, the user's consent is implied. */
  readonly consent: 'implied' | 'ask'
  readonly allowed: readonly Consent[]
}

export interface ConsentsPage {
  readonly clients: readonly ClientConsents[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined
}

export type ListConsents = (
  request: ListConsentsRequest,
) => Promise<Result<ConsentsPage, ConnectRefusal>>

/** What the caller's user allowed, by client. A client that has to ask sees its own only: others are none of its business. */
export function listConsents({
  tenant,
  clients,
  consents,
  cursors,
}: {
  readonly tenant: string
  readonly cursors: PageCursors
  readonly clients: ClientStore
  readonly consents: ConsentStore
}): ListConsents {
  return async ({ caller, cursor, limit }) => {
    const of = { caller, list: 'consents' }
    const start = await cursors.open(cursor, of)
    if (!start.ok) return start
    const { userId } = caller
    if (userId === undefined) return accept({ clients: [] })
    const after = start.value
    const all = await consents.listOfUser({ tenant, userId })
    const visible = [...new Set(all.map(({ clientId }) => clientId))]
      .filter((clientId) => mayManage(caller.client, clientId))
      .filter((clientId) => after === undefined || clientId > after)
      .toSorted()
    const page = visible.slice(0, limit)
    const last = visible.length > limit ? page.at(-1) : undefined
    return accept({
      clients: await Promise.all(
        page.map(async (clientId): Promise<ClientConsents> => {
          const client = await clients.find({ tenant, clientId })
          return {
            clientId,
            clientName: client?.name,
            consent: client?.consent ?? 'ask',
            allowed: all.filter((consent) => consent.clientId === clientId),
          }
        }),
      ),
      next: last && (await cursors.seal(last, of)),
    })
  }
}

/** Whether a client may see and end what a user allowed to another, as the app does in which users manage their access. */
export function mayManage(
  { id, consent }: Pick<MyAccountCaller['client'], 'id' | 'consent'>,
  clientId: string,
): boolean {
  return consent === 'implied' || id === clientId
}
