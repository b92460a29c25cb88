/** One scope token: RFC 6749 section 3.3, NQCHAR. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Reads a `scope` parameter: tokens with single spaces between them, no duplicates kept, order kept.
 * `undefined` when the syntax is wrong (RV-07).
 */
export function parseScope(scope: string): readonly string[] | undefined {
  if (scope === '') return []
  const tokens = scope.split(' ')
  return tokens.every((token) => SCOPE_TOKEN.test(token)) ? [...new Set(tokens)] : undefined
}

/** What `wanted` has and `granted` lacks. */
export function missingScopes(
  wanted: readonly string[],
  granted: readonly string[],
): readonly string[] {
  const have = new Set(granted)
  return wanted.filter((scope) => !have.has(scope))
}

/** What is in both, in the order of the first. */
export function commonScopes(
  first: readonly string[],
  second: readonly string[],
): readonly string[] {
  const others = new Set(second)
  return first.filter((scope) => others.has(scope))
}

/** Both lists in order, without duplicates: scopes accumulate over reconnects. */
export function unionScopes(
  first: readonly string[],
  second: readonly string[],
): readonly string[] {
  return [...new Set([...first, ...second])]
}

/** What a scope covers beyond itself, by its name; a fact of the provider. */
export type ImpliedScopes = Readonly<Record<string, readonly string[]>>

/**
 * The scopes and all that they cover, each once: what a token that was granted them can do. Scopes may cover each
 * other; nothing comes out that is neither in `scopes` nor named by `implied`.
 */
export function withImpliedScopes(
  scopes: readonly string[],
  implied: ImpliedScopes = {},
): readonly string[] {
  const covered = new Set(scopes)
  // A set gives what is added to it while it is walked, once.
  for (const scope of covered) {
    // An own property only: `constructor` is nobody's scope.
    const more = Object.hasOwn(implied, scope) ? (implied[scope] ?? []) : []
    for (const one of more) covered.add(one)
  }
  return [...covered]
}
