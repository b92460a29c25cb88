import type { BackgroundLoops } from './background-loops.ts'
import type { Router } from './http/router.ts'
import { createInFlight } from './in-flight.ts'
import type { ChainedAuditLog } from './storage/audit-log.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'
import type { AccountRefresher } from './use-cases/refresh-account.ts'
import type { VaultParts } from './vault-parts.ts'

export interface OperateVaultOptions {
  readonly parts: Pick<VaultParts, 'tenant' | 'runtime' | 'logger'>
  readonly refresher: Pick<AccountRefresher, 'drain'>
  readonly loops: Pick<BackgroundLoops, 'stop'>
  readonly audit: Pick<ChainedAuditLog, 'append' | 'close'>
  readonly store: Pick<SqliteStore, 'close'>
}

/** A vault from its start to its stop. */
export interface VaultOperation {
  /** Answers by a router; what is under way then is finished before a stop. */
  readonly serve: (
    router: Router,
  ) => (
    request: Request,
    info?: { readonly remoteAddress?: string | undefined },
  ) => Promise<Response>
  readonly isStopping: () => boolean
  /** Finishes what is under way, writes the audit log out and closes the database. Idempotent. */
  readonly stop: () => Promise<void>
}

/** A refresh that has begun may take the 10 s of a request to a provider, and its token must not be lost. */
const DRAIN_SECONDS = 12

/** Answers, and stops without losing anything. */
export function operateVault({
  parts: { tenant, runtime, logger },
  refresher,
  loops,
  audit,
  store,
}: OperateVaultOptions): VaultOperation {
  const inFlight = createInFlight()
  let stopped: Promise<void> | undefined

  async function finish(): Promise<void> {
    const drained = new AbortController()
    const finishRequests = async (): Promise<void> => {
      await inFlight.idle()
      // They may have begun refreshes that they did not wait for.
      await refresher.drain()
    }
    const drain = async (): Promise<boolean> => {
      try {
        await Promise.all([finishRequests(), loops.stop()])
        return true
      } catch (error) {
        logger.error('draining failed', { error })
        return false
      } finally {
        drained.abort()
      }
    }
    const timeOut = async (): Promise<boolean> => {
      await runtime.sleep(DRAIN_SECONDS, drained.signal)
      return drained.signal.aborted
    }
    const inTime = await Promise.race([drain(), timeOut()])
    if (!inTime) logger.error('stopped before everything was finished')
    try {
      await audit.append({ tenant, at: runtime.now(), type: 'vault.stopped', outcome: 'success' })
    } catch (error) {
      logger.error('the stop could not be recorded', { error })
    }
    await audit.close()
    store.close()
  }

  return {
    serve:
      (router) =>
      async (request, { remoteAddress } = {}) => {
        const answer = (): Promise<Response> =>
          router.fetch(request, { peerAddress: remoteAddress })
        // What is refused while stopping is nothing to wait for: callers who try again would keep the vault from stopping.
        return stopped === undefined ? await inFlight.track(answer) : await answer()
      },
    isStopping: () => stopped !== undefined,
    stop: () => (stopped ??= finish()),
  }
}
