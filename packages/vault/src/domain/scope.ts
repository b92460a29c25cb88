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

/** Both lists in order, without duplicates: scopes accumulate over reconnects. */
export function unionScopes(
  first: readonly string[],
  second: readonly string[],
): readonly string[] {
  return [...new Set([...first, ...second])]
}
