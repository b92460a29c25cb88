import type { ProviderBehaviour } from './behaviour.ts'
import type { ConsentDecision } from './consent.ts'
import { providerOf, userOf, type Emulation } from './emulation.ts'
import { endFamily, liveFamilies } from './state.ts'

/** Whose grant the user ends at the provider. */
export interface RevokedGrant {
  readonly provider: string
  readonly user: string
  /** Default: of all clients. */
  readonly clientId?: string | undefined
}

/**
 * The user ends a client's access in the provider's own settings.
 *
 * @returns how many consents ended
 * @throws {TypeError} when there is no such provider or user
 */
export function revokeGrant(
  emulation: Emulation,
  { provider, user, clientId }: RevokedGrant,
): number {
  const families = liveFamilies(emulation.state, {
    provider: providerOf(emulation, provider).id,
    user: userOf(emulation, user).id,
    ...(clientId !== undefined && { clientId }),
  })
  for (const family of families) endFamily(family, emulation.clock.now())
  emulation.save()
  return families.length
}

/**
 * Ends the access tokens of a provider before their time, and nothing else.
 *
 * @returns how many ended
 * @throws {TypeError} when there is no such provider or user
 */
export function expireAccessTokens(
  emulation: Emulation,
  { provider, user }: { readonly provider: string; readonly user?: string | undefined },
): number {
  const { id } = providerOf(emulation, provider)
  if (user !== undefined) userOf(emulation, user)
  const now = emulation.clock.now()
  const families = new Set(
    liveFamilies(emulation.state, { provider: id, ...(user !== undefined && { user }) }).map(
      (family) => family.id,
    ),
  )
  let count = 0
  for (const token of emulation.state.accessTokens.values()) {
    const isLive = token.expiresAt === undefined || token.expiresAt > now
    if (!families.has(token.family) || !isLive) continue
    emulation.state.accessTokens.set(token.token, { ...token, expiresAt: now })
    count += 1
  }
  emulation.save()
  return count
}

/**
 * Decides the next authorization request of a provider.
 *
 * @throws {TypeError} when the provider, the user or the decision is not known
 */
export function decideConsent(
  emulation: Emulation,
  provider: string,
  decision: ConsentDecision,
): void {
  if (decision.decision !== 'allow' && decision.decision !== 'deny') {
    throw new TypeError('"decision" must be "allow" or "deny"')
  }
  if (decision.user !== undefined) userOf(emulation, decision.user)
  emulation.consent.next(providerOf(emulation, provider).id, decision)
}

/**
 * Changes how a provider behaves from now on; fields left out stay.
 *
 * @throws {TypeError} when there is no such provider
 */
export function configureProvider(
  emulation: Emulation,
  provider: string,
  behaviour: ProviderBehaviour,
): void {
  providerOf(emulation, provider).configure(behaviour)
}
