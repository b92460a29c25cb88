import type { Connection } from '../domain/connection.ts'
import type { Runtime } from '../ports/runtime.ts'

const FIRST_SECONDS = 5
const MAX_SECONDS = 300

/** Stops asking a provider that refuses the vault's own client: no account is to blame, and no user can mend it (F13). */
export interface ConnectionBreaker {
  /** How long the connection rests still; `undefined` when it may be asked. */
  remainingSeconds(connection: Connection): number | undefined
  /** The provider refused the client: rest, longer each time. */
  trip(connection: Connection): void
  /** The provider accepted the client. */
  reset(connection: Connection): void
}

export function createConnectionBreaker(runtime: Pick<Runtime, 'now'>): ConnectionBreaker {
  // One entry a connection at most, and connections are the operator's.
  const tripped = new Map<string, { readonly times: number; readonly until: number }>()

  return {
    remainingSeconds({ name }) {
      const { until = 0 } = tripped.get(name) ?? {}
      const remaining = until - runtime.now()
      return remaining > 0 ? remaining : undefined
    },
    trip({ name }) {
      const times = (tripped.get(name)?.times ?? 0) + 1
      const rest = Math.min(MAX_SECONDS, FIRST_SECONDS * 2 ** Math.min(times - 1, 16))
      tripped.set(name, { times, until: runtime.now() + rest })
    },
    reset({ name }) {
      tripped.delete(name)
    },
  }
}
