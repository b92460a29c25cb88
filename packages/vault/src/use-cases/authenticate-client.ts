import type { Client } from '../domain/client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { ClientAssertionVerifier } from '../ports/client-assertion-verifier.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'

/** What a request shows for who its client is. Attacker-controlled. */
export type ClientCredentials =
  /** A public client says who it is, and nothing proves it. */
  | { readonly method: 'none'; readonly clientId: string }
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | {
      readonly method: 'private_key_jwt'
      /** Optional beside an assertion (RFC 7521 section 4.2); must agree with it. */
      readonly clientId?: string | undefined
      readonly assertion: string
    }

export interface AuthenticateClientRequest {
  /** Absent when the request shows none: as wrong as wrong ones. */
  readonly credentials?: ClientCredentials | undefined
  readonly remoteAddress?: string | undefined
}

export type ClientAuthenticationRefusal =
  /** Unknown client, wrong secret, bad assertion, wrong method: never told apart in an answer (RV-24). */
  | ({ readonly reason: 'invalid_client' } & ClientClaim)
  | ({ readonly reason: 'throttled'; readonly retryAfterSeconds: number } & ClientClaim)

/** For the log alone. */
export interface ClientClaim {
  /** Whom the request claims to be: a known id, or what came instead of one, shortened. Attacker-controlled. */
  readonly claimedClientId?: string | undefined
}

export type AuthenticateClient<Party = Client> = (
  request: AuthenticateClientRequest,
) => Promise<Result<Party, ClientAuthenticationRefusal>>

/** Whoever has an id and a way to prove it: an app's client, or whoever administers. */
export type AuthenticableParty = Pick<Client, 'id' | 'authentication'>

export interface AuthenticateClientDependencies<Party = Client> {
  readonly tenant: string
  readonly clients: {
    find(query: Parameters<ClientStore['find']>[0]): Promise<Party | undefined>
  }
  readonly hasher: SecretHasher
  readonly assertions: ClientAssertionVerifier
  /** Counts failures only, by client and by address. */
  readonly failuresByClient: RateLimiter
  readonly failuresByAddress: RateLimiter
}

/**
 * Decides which client calls (RFC 6749 section 2.3, RV-20 to RV-26). Only failures are counted and slowed down, so that
 * nobody can lock a client out by guessing in its name: right credentials are never throttled.
 */
export function authenticateClient<Party extends AuthenticableParty = Client>(
  dependencies: AuthenticateClientDependencies<Party>,
): AuthenticateClient<Party> {
  const { tenant, clients, assertions, failuresByClient, failuresByAddress, hasher } = dependencies
  return async ({ credentials, remoteAddress }) => {
    const clientId = claimedClientIdOf(assertions, credentials)
    const client = clientId === undefined ? undefined : await clients.find({ tenant, clientId })
    const isProven = credentials !== undefined && (await isProof(dependencies, credentials, client))
    if (client !== undefined && isProven) return accept(client)

    const waits = await Promise.all([
      clientId === undefined ? 0 : failuresByClient.take(bucketOf(hasher, clientId)),
      failuresByAddress.take(remoteAddress ?? 'unknown'),
    ])
    const wait = Math.max(...waits.map((seconds) => seconds ?? 0))
    const claim = { claimedClientId: client?.id ?? (clientId && shortened(clientId)) }
    return wait > 0
      ? refuse({ reason: 'throttled', retryAfterSeconds: wait, ...claim })
      : refuse({ reason: 'invalid_client', ...claim })
  }
}

/** In whose name the request speaks; nothing of it is proven. */
function claimedClientIdOf(
  assertions: ClientAssertionVerifier,
  credentials: ClientCredentials | undefined,
): string | undefined {
  if (credentials?.method !== 'private_key_jwt') return credentials?.clientId
  const { assertion, clientId } = credentials
  const claimed = assertions.claimedClientId(assertion)
  return clientId === undefined || clientId === claimed ? claimed : undefined
}

async function isProof(
  { hasher, assertions }: Pick<AuthenticateClientDependencies, 'hasher' | 'assertions'>,
  credentials: ClientCredentials,
  client: AuthenticableParty | undefined,
): Promise<boolean> {
  // Never for a client that has a secret or keys: leaving them out must not be a way around them.
  if (credentials.method === 'none') return client?.authentication.method === 'none'
  // Verified and compared also when there is nothing to do so with: the time must not tell which clients exist.
  if (credentials.method === 'private_key_jwt') {
    return await assertions.verify({ client, assertion: credentials.assertion })
  }
  const hashes =
    client?.authentication.method === 'client_secret' ? client.authentication.secretHashes : []
  return hasher.matchesAny(credentials.secret, hashes)
}

/** Enough to find a mistyped id by, and too little of a secret that came in its place. */
function shortened(claimed: string): string {
  return claimed.length > 12 ? `${claimed.slice(0, 12)}…` : claimed
}

/**
 * One of 65,536 counters, by the id's hash, for known and unknown clients alike: invented ids can neither fill the
 * limiter's memory nor be told from real ones by when they are slowed down.
 */
function bucketOf(hasher: SecretHasher, clientId: string): string {
  return hasher.hash(clientId).subarray(0, 2).join('.')
}
