import { base64url } from '../domain/base64url.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'

/** Which list of which caller a cursor goes on with; it is good for no other one. */
export interface CursorOf {
  readonly caller: MyAccountCaller
  /** Name of the list, with the id of what it is about where there are several. */
  readonly list: string
}

/** Sealed places in lists: callers can neither read what is in them nor make any. */
export interface PageCursors {
  seal(position: string, of: CursorOf): Promise<string>
  /** Where to go on; `undefined` without a cursor. */
  open(
    cursor: string | undefined,
    of: CursorOf,
  ): Promise<Result<string | undefined, ConnectRefusal>>
}

const CURSOR = /^[A-Za-z0-9_-]{1,512}$/

export function createPageCursors({
  tenant,
  sealer,
}: {
  readonly tenant: string
  readonly sealer: Sealer
}): PageCursors {
  const contextOf = ({ caller: { client, identity }, list }: CursorOf): SealContext => ({
    tenant,
    owner: 'cursor',
    record: list,
    column: 'position',
    generation: 0,
    bindings: [client.id, identity.issuer, identity.subject],
  })

  return {
    seal: async (position, of) => base64url(await sealer.seal(position, contextOf(of))),

    async open(cursor, of) {
      if (cursor === undefined) return accept(undefined)
      const sealed = CURSOR.test(cursor) ? bytesOf(cursor) : undefined
      if (sealed === undefined) return refuse({ reason: 'cursor_invalid' })
      try {
        return accept(await sealer.open(sealed, contextOf(of)))
      } catch (error) {
        if (!isUnreadable(error)) throw error
        return refuse({ reason: 'cursor_invalid' })
      }
    },
  }
}

function bytesOf(text: string): Uint8Array | undefined {
  // One character more than whole bytes is no base64 at all.
  if (text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
