import type { Actor, Identity } from './identity.ts'
import { type ImpliedScopes, missingScopes, withImpliedScopes } from './scope.ts'

/** Whose consent, to whom, and where. */
export interface ConsentKey {
  readonly tenant: string
  readonly userId: string
  readonly clientId: string
  readonly connection: string
  /** The agent that an actor token named. Absent: the client itself acts (R8). */
  readonly actor?: Identity | undefined
}

/** An account that a user allowed a client to use, and what for. */
export interface AllowedAccount {
  /** The account that the person was in at the provider: no consent reaches beyond it. */
  readonly accountId: string
  /** Provider scopes, as the vault's own page named them. */
  readonly scopes: readonly string[]
}

/** What a user allowed a client (RV-70). */
export interface Consent extends ConsentKey, AllowedAccount {
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * Who a consent has to name besides the client: the current actor, where it is not the client itself. One without
 * `issuer` is a client of this vault. Those who acted before are history (RFC 8693 section 4.1).
 */
export function consentActorOf(
  { issuer, subject }: Actor,
  { clientId, vaultIssuer }: { readonly clientId: string; readonly vaultIssuer: string },
): Identity | undefined {
  const actor = { issuer: issuer ?? vaultIssuer, subject }
  return actor.issuer === vaultIssuer && subject === clientId ? undefined : actor
}

/**
 * What the person has allowed when a connect flow ends: what the page showed, as far as the provider granted it. Not
 * what was granted beyond: a provider that knows the vault already may grant, without a question, what was once asked
 * for another client.
 */
export function scopesToAllow({
  shown,
  granted,
  impliedScopes,
}: {
  readonly shown: readonly string[]
  readonly granted: readonly string[]
  readonly impliedScopes?: ImpliedScopes | undefined
}): readonly string[] {
  const refused = missingScopes(shown, withImpliedScopes(granted, impliedScopes))
  return missingScopes(shown, refused)
}
