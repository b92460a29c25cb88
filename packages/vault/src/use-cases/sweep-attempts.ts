import type { AttemptStore } from '../ports/attempt-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import { openPending, revocationOfPending } from './pending-tokens.ts'
import { draftRevocation, type RevocationDependencies } from './revocation.ts'

export interface SweepAttemptsDependencies extends RevocationDependencies {
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly logger: Logger
  /** Told when there is something to deliver to a provider. */
  readonly outboxChanged: () => void
}

/** At one go; what is left waits for the next. */
const BATCH = 200

/** Removes attempts that nobody completed in time, and ends at the provider the tokens that some still held. */
export function sweepAttempts(dependencies: SweepAttemptsDependencies): () => Promise<void> {
  const { tenant, attempts, outbox, sealer, runtime, logger, outboxChanged } = dependencies

  return async () => {
    const now = runtime.now()
    const holding = await attempts.sweep({ tenant, now, limit: BATCH })
    for (const attempt of holding) {
      try {
        const pending = await openPending(sealer, attempt)
        if (pending === undefined) continue
        const draft = await draftRevocation(dependencies, revocationOfPending(attempt, pending))
        await outbox.put({ tenant, draft, now })
      } catch (error) {
        // One attempt that cannot be opened must not keep the others' tokens alive.
        logger.error('The tokens of an expired connect attempt stay unrevoked at the provider', {
          connection: attempt.connection,
          clientId: attempt.clientId,
          error,
        })
      }
    }
    if (holding.length > 0) outboxChanged()
  }
}
