import type { RegistryEntry } from '../../domain/registration.ts'

/** What is shown of a client or connection, wherever it comes from. */
export function registrationBody({
  settings,
  origin,
  createdAt,
  updatedAt,
}: RegistryEntry): Readonly<Record<string, unknown>> {
  return { ...settings, origin, createdAt, updatedAt }
}

/** Names of settings, never what they were set to. */
export function changedMembers(
  changes: Readonly<Record<string, unknown>>,
  secret: string | undefined,
): string {
  return [...Object.keys(changes), ...(secret === undefined ? [] : ['clientSecret'])].join(' ')
}
