import type { Runtime } from '../ports/runtime.ts'
import { FRESH_SECONDS } from './registration-cache.ts'

export interface ScriptOriginsOptions {
  readonly runtime: Pick<Runtime, 'now'>
  /** Reads every client. */
  readonly read: (now: number) => Promise<ReadonlySet<string>>
}

/** Origins of public clients (R26): read anew when this process has changed a client, or after five seconds. */
export interface ScriptOrigins {
  current(): Promise<ReadonlySet<string>>
  /** A client was changed. */
  forget(): void
}

export function createScriptOrigins({ runtime, read }: ScriptOriginsOptions): ScriptOrigins {
  let known: { readonly readAt: number; readonly origins: ReadonlySet<string> } | undefined
  /** A read that began before a change of ours must not bring back what was before. */
  let changes = 0

  return {
    async current() {
      const now = runtime.now()
      const age = known === undefined ? FRESH_SECONDS : now - known.readAt
      if (known !== undefined && age >= 0 && age < FRESH_SECONDS) return known.origins
      const begun = changes
      const origins = await read(now)
      if (begun === changes) known = { readAt: now, origins }
      return origins
    },

    forget() {
      known = undefined
      changes += 1
    },
  }
}
