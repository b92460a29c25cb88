import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { createSealedText } from './sealed-text.ts'

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
  const sealedText = createSealedText({ sealer })
  const contextOf = ({ caller: { client, identity }, list }: CursorOf): SealContext => ({
    tenant,
    owner: 'cursor',
    record: list,
    column: 'position',
    generation: 0,
    bindings: [client.id, identity.issuer, identity.subject],
  })

  return {
    seal: async (position, of) => await sealedText.seal(position, contextOf(of)),

    async open(cursor, of) {
      if (cursor === undefined) return accept(undefined)
      const position = CURSOR.test(cursor)
        ? await sealedText.open(cursor, contextOf(of))
        : undefined
      return position === undefined ? refuse({ reason: 'cursor_invalid' }) : accept(position)
    },
  }
}
