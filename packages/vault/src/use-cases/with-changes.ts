import type { RegisteredSettings } from '../domain/registration.ts'

/** Settings with members replaced; `null` takes one away, so that its default counts again (RFC 7396, one level deep). */
export function withChanges(
  settings: RegisteredSettings,
  changes: RegisteredSettings,
): RegisteredSettings {
  const merged = new Map(Object.entries(settings))
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name)
    else if (value !== undefined) merged.set(name, value)
  }
  return Object.fromEntries(merged)
}
