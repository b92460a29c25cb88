import type { ClientSecret, RegistryEntry } from '../domain/registration.ts'
import type { Registration } from '../ports/registration-store.ts'

/** What the registry says of a registration. */
export function registeredEntry(
  { kind, name, generation, createdAt, updatedAt }: Omit<Registration, 'settings'>,
  {
    settings,
    secrets,
  }: {
    readonly settings: RegistryEntry['settings']
    readonly secrets: readonly ClientSecret[]
  },
): RegistryEntry {
  const origin = 'registration'
  return { kind, name, origin, settings, secrets, generation, createdAt, updatedAt }
}

/**
 * What the registry says of a client or connection of the configuration file. References to secrets are no secrets, but
 * code may give secrets literally: neither is shown.
 */
export function configuredEntry(
  { kind, name }: Pick<RegistryEntry, 'kind' | 'name'>,
  configured: Readonly<Record<string, unknown>>,
): RegistryEntry {
  const settings = Object.fromEntries(
    Object.entries(configured).filter(([member]) => !SECRET_MEMBERS.includes(member)),
  )
  return { kind, name, origin: 'configuration', settings, secrets: [], generation: 0 }
}

const SECRET_MEMBERS: readonly string[] = ['secret', 'clientSecret']
