import type { Consent } from '../domain/consent.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

export interface ListConsentsRequest {
  readonly caller: MyAccountCaller
  /** The last client id of the previous page. */
  readonly after?: string | undefined
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

export type ListConsents = (request: ListConsentsRequest) => Promise<ConsentsPage>

/** What the caller's user allowed, by client. A client that has to ask sees its own only: others are none of its business. */
export function listConsents({
  tenant,
  clients,
  consents,
}: {
  readonly tenant: string
  readonly clients: ClientStore
  readonly consents: ConsentStore
}): ListConsents {
  return async ({ caller: { client: caller, userId }, after, limit }) => {
    if (userId === undefined) return { clients: [] }
    const all = await consents.listOfUser({ tenant, userId })
    const visible = [...new Set(all.map(({ clientId }) => clientId))]
      .filter((clientId) => mayManage(caller, clientId))
      .filter((clientId) => after === undefined || clientId > after)
      .toSorted()
    const page = visible.slice(0, limit)
    return {
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
      next: visible.length > limit ? page.at(-1) : undefined,
    }
  }
}

/** Whether a client may see and end what a user allowed to another, as the app does in which users manage their access. */
export function mayManage(
  { id, consent }: Pick<MyAccountCaller['client'], 'id' | 'consent'>,
  clientId: string,
): boolean {
  return consent === 'implied' || id === clientId
}
