import type * as z from 'zod'

import { isUnreadable } from '../domain/is-unreadable.ts'
import type { Logger } from '../ports/logger.ts'
import type { Registration } from '../ports/registration-store.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { SealedClient, SealedConnection } from './registered-settings.ts'

export interface RegistrationSealerOptions {
  readonly sealer: Sealer
  readonly logger: Pick<Logger, 'error'>
}

/** Registrations as their rows hold them. */
export interface RegistrationSealer {
  seal(key: SealedUnder, content: SealedClient | SealedConnection): Promise<Uint8Array>
  /** `undefined`, and a line in the log, for one that will never be opened again. */
  open<Content>(
    registration: Registration,
    schema: z.ZodType<Content>,
  ): Promise<Content | undefined>
}

/** What a registration is bound to: as what it was registered, and how often it was changed. */
export type SealedUnder = Pick<Registration, 'tenant' | 'kind' | 'name' | 'generation'>

export function createRegistrationSealer({
  sealer,
  logger,
}: RegistrationSealerOptions): RegistrationSealer {
  async function unseal(registration: Registration): Promise<unknown> {
    try {
      return JSON.parse(await sealer.open(registration.settings, sealContext(registration)))
    } catch (error) {
      const { name } = registration
      logger.error('A registration cannot be opened: it is as if it were not there', {
        code: 'registration_unreadable',
        ...(registration.kind === 'client' ? { clientId: name } : { connection: name }),
        error,
      })
      // A key service that is away says nothing of the row.
      if (isUnreadable(error)) return undefined
      throw error
    }
  }

  return {
    seal: async (key, content) => await sealer.seal(JSON.stringify(content), sealContext(key)),
    async open(registration, schema) {
      const content = await unseal(registration)
      return content === undefined ? undefined : schema.parse(content)
    },
  }
}

function sealContext({ tenant, kind, name, generation }: SealedUnder): SealContext {
  return { tenant, owner: 'registration', record: name, column: kind, generation, bindings: [] }
}
