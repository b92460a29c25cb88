import type { SigningKeys } from './authorization-server/signing-keys.ts'
import { startBackgroundLoops } from './background-loops.ts'
import type { BackgroundLoops } from './background-loops.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'
import { deliverOutbox } from './use-cases/deliver-outbox.ts'
import { sweepAttempts } from './use-cases/sweep-attempts.ts'
import { sweepExpired } from './use-cases/sweep-expired.ts'
import type { VaultParts } from './vault-parts.ts'

export interface VaultLoopsOptions {
  readonly parts: VaultParts
  readonly store: Pick<SqliteStore, 'records' | 'replays'>
  readonly signingKeys: Pick<SigningKeys, 'rotate'>
}

/** Starts what a vault does without being asked. */
export function startVaultLoops({ parts, store, signingKeys }: VaultLoopsOptions): BackgroundLoops {
  const { tenant, runtime, logger } = parts
  const deliver = deliverOutbox(parts)
  return startBackgroundLoops(
    [
      {
        name: 'outbox',
        everySeconds: 30,
        run: async (signal) => {
          while (!signal.aborted && (await deliver({ signal })).claimed > 0);
        },
      },
      { name: 'sweep_attempts', everySeconds: 60, run: sweepAttempts(parts) },
      {
        name: 'rotate_signing_keys',
        everySeconds: 3_600,
        run: async () => {
          const made = await signingKeys.rotate()
          if (made.length > 0) logger.info('signing keys were made', { count: made.length })
        },
      },
      {
        name: 'sweep_records',
        everySeconds: 60,
        run: sweepExpired({ tenant, runtime, sweep: (query) => store.records.sweep(query) }),
      },
      {
        name: 'sweep_replays',
        everySeconds: 60,
        run: sweepExpired({ tenant, runtime, sweep: (query) => store.replays.sweep(query) }),
      },
    ],
    { runtime, logger },
  )
}
