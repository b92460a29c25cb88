import type { RegistrationKind } from '../domain/registration.ts'
import type { Registration, RegistrationStore } from '../ports/registration-store.ts'
import type { Runtime } from '../ports/runtime.ts'

/** What another process changed is seen after so long. */
export const FRESH_SECONDS = 5

const MAX_ENTRIES = 1_000

export interface RegistrationCacheOptions<Opened> {
  readonly tenant: string
  readonly kind: RegistrationKind
  readonly store: RegistrationStore
  readonly runtime: Pick<Runtime, 'now'>
  /** `undefined` when nobody can open it any more. */
  readonly open: (registration: Registration) => Promise<Opened | undefined>
}

/** Opened registrations: a change of this process counts at once, one of another process within five seconds. */
export interface RegistrationCache<Opened> {
  get(name: string): Promise<Opened | undefined>
  /** Of a row just read. */
  opened(registration: Registration): Promise<Opened | undefined>
  /** What this process has changed. */
  forget(name: string): void
}

interface Cached<Opened> {
  readonly registration: Registration
  readonly value: Opened
  readonly checkedAt: number
}

/** Holds a thousand; unknown names are not remembered, so that inventing them pushes nothing out. */
export function createRegistrationCache<Opened>({
  tenant,
  kind,
  store,
  runtime,
  open,
}: RegistrationCacheOptions<Opened>): RegistrationCache<Opened> {
  const entries = new Map<string, Cached<Opened>>()
  /** A read that began before a change of ours must not bring back what was before. */
  let changes = 0

  async function remember(
    registration: Registration,
    begun: number,
    checkedAt: number,
  ): Promise<Opened | undefined> {
    const { name } = registration
    const known = entries.get(name)
    const value =
      known !== undefined && isSame(known.registration, registration)
        ? known.value
        : await open(registration)
    if (begun !== changes) return value
    entries.delete(name)
    if (value === undefined) return undefined
    entries.set(name, { registration, value, checkedAt })
    const [oldest] = entries.keys()
    if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest)
    return value
  }

  return {
    async get(name) {
      const now = runtime.now()
      const known = entries.get(name)
      const age = known === undefined ? FRESH_SECONDS : now - known.checkedAt
      if (known !== undefined && age >= 0 && age < FRESH_SECONDS) return known.value
      const begun = changes
      const registration = await store.find({ tenant, kind, name })
      if (registration !== undefined) return await remember(registration, begun, now)
      entries.delete(name)
      return undefined
    },

    opened: (registration) => remember(registration, changes, runtime.now()),

    forget(name) {
      changes += 1
      entries.delete(name)
    },
  }
}

/** By what is sealed: a name that was removed and registered anew begins with the same generation. */
function isSame(one: Registration, other: Registration): boolean {
  return one.generation === other.generation && Buffer.compare(one.settings, other.settings) === 0
}
