import type { ProviderDefinition } from '@valetkey/providers'

type ScopeFacts = Pick<ProviderDefinition, 'impliedScopes'>

/** What a token with these scopes may do: the scopes, and all that the definition says they cover. */
export function coveredScopes(
  { impliedScopes = {} }: ScopeFacts,
  scopes: readonly string[],
): ReadonlySet<string> {
  const implied = new Map(Object.entries(impliedScopes))
  const covered = new Set(scopes)
  // A set gives what is added to it while it is walked, once.
  for (const scope of covered) for (const one of implied.get(scope) ?? []) covered.add(one)
  return covered
}

/**
 * The scopes as a token is saved with and answered with: of names of one thing, the one that the definition lists first;
 * and none that another of them includes, as GitHub has it.
 */
export function normalizedScopes(definition: ScopeFacts, scopes: readonly string[]): string[] {
  const listed = Object.keys(definition.impliedScopes ?? {})
  const firstNameOf = (scope: string): string => {
    if (!listed.includes(scope)) return scope
    const others = coveredScopes(definition, [scope])
    const names = listed.filter((one) => others.has(one))
    return names.find((one) => coveredScopes(definition, [one]).has(scope)) ?? scope
  }
  const distinct = new Set(scopes.map(firstNameOf))
  const included = new Set<string>()
  for (const scope of distinct) {
    for (const one of coveredScopes(definition, [scope])) if (one !== scope) included.add(one)
  }
  return [...distinct].filter((scope) => !included.has(scope))
}
