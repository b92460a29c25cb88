import type { Parameters } from './read-parameters.ts'

type Pair = readonly [string, string]

/** Parameters as name and value, repeated where they were; empty ones are left out, as if they were not there. */
export function pairsOf(parameters: Parameters): readonly Pair[] {
  return parameters.names.flatMap((name) =>
    parameters.getAll(name).map((value): Pair => [name, value]),
  )
}

/**
 * Parameters of an authorization request in the words of the specifications. Auth0's clients name an API by `audience`
 * (RFC 8707 calls it `resource`), and ask for a refresh token by `offline_access` alone, which OpenID Connect Core
 * section 11 ties to `prompt=consent`.
 */
export function toAuthorizationParameters(pairs: readonly Pair[]): readonly Pair[] {
  const renamed = pairs
    .filter(([, value]) => value !== '')
    .map(([name, value]): Pair => [name === 'audience' ? 'resource' : name, value])
  const scope = renamed.find(([name]) => name === 'scope')?.[1].split(' ') ?? []
  const prompts = renamed.filter(([name]) => name === 'prompt')
  const [prompt] = prompts
  if (!scope.includes('offline_access') || prompts.length > 1) return renamed
  const words = prompt?.[1].split(' ') ?? []
  if (words.includes('none') || words.includes('consent')) return renamed
  const widened: Pair = ['prompt', [...words, 'consent'].join(' ')]
  return [...renamed.filter(([name]) => name !== 'prompt'), widened]
}
