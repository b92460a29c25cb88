import { describe, expect, test } from 'vitest'

import { createClientAssertionVerifier } from '../authorization-server/create-client-assertion-verifier.ts'
import { ecKey, forge, rsaKey, signWith } from '../authorization-server/forge-jwt.fixture.ts'
import { createSecretHasher } from '../crypto/secret-hasher.ts'
import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import { authenticateClient, type ClientCredentials } from './authenticate-client.ts'

const NOW = 1_800_000_000
const ISSUER = 'https://vault.example.com/'
const hasher = createSecretHasher()
const rsa = rsaKey('one')
const ec = ecKey('one')
const strangerRsa = rsaKey('one')
const strangerEc = ecKey('one')

const secretive = aClient({
  id: 'secretive',
  authentication: { method: 'client_secret', secretHashes: [hasher.hash('right')] },
})
const signer = aClient({
  id: 'signer',
  authentication: { method: 'private_key_jwt', keys: [{ ...rsa.jwk }, { ...ec.jwk }] },
})

describe('RV-24: what a client that does not exist costs', () => {
  test.each(['secretive', 'signer', 'nobody'])(
    'is one comparison of a secret, as for one that does: %s',
    async (clientId) => {
      const compared: string[] = []
      const counting: SecretHasher = {
        ...hasher,
        matchesAny: (secret, hashes) => {
          compared.push(secret)
          return hasher.matchesAny(secret, hashes)
        },
      }

      const answer = await anAuthentication(counting)({
        credentials: { method: 'client_secret', clientId, secret: 'wrong' },
      })

      expect(answer).toMatchObject({ ok: false, refusal: { reason: 'invalid_client' } })
      expect(compared).toEqual(['wrong'])
    },
  )

  // Without a decoy an unknown client took a fifth of the time: far from the tolerance, which a busy machine needs.
  test.each([
    ['RS256', strangerRsa],
    ['ES256', strangerEc],
  ])('is the verification of a signature, as for one that does: %s', async (algorithm, key) => {
    const authenticate = anAuthentication(hasher)
    const credentialsOf = (clientId: string, kid: string): ClientCredentials => ({
      method: 'private_key_jwt',
      assertion: forge(
        { alg: algorithm, kid },
        { iss: clientId, sub: clientId, aud: ISSUER, iat: NOW, exp: NOW + 60, jti: 'j' },
        signWith(key, algorithm),
      ),
    })
    const cases = {
      known: credentialsOf('signer', 'one'),
      anotherKey: credentialsOf('signer', 'two'),
      anotherMethod: credentialsOf('secretive', 'one'),
      unknown: credentialsOf('nobody', 'one'),
    }

    const medians = await medianTimes(cases, (credentials) => authenticate({ credentials }))

    for (const name of ['anotherKey', 'anotherMethod', 'unknown'] as const) {
      expect(medians[name] / medians.known).toBeGreaterThan(0.6)
      expect(medians[name] / medians.known).toBeLessThan(1 / 0.6)
    }
  })
})

/** In turns, so that whatever slows the machine down slows all of them. */
async function medianTimes<Name extends string>(
  cases: Readonly<Record<Name, ClientCredentials>>,
  run: (credentials: ClientCredentials) => Promise<{ readonly ok: boolean }>,
): Promise<Readonly<Record<Name, number>>> {
  const times = new Map<string, number[]>()
  for (let turn = 0; turn < 300; turn++) {
    for (const [name, credentials] of Object.entries<ClientCredentials>(cases)) {
      const startedAt = performance.now()
      const { ok } = await run(credentials)
      times.set(name, [...(times.get(name) ?? []), performance.now() - startedAt])
      expect(ok).toBe(false)
    }
  }
  return Object.fromEntries(
    Array.from(times, ([name, all]) => [name, all.toSorted((a, b) => a - b)[150]]),
  ) as Record<Name, number>
}

function anAuthentication(withHasher: SecretHasher) {
  const clients = new Map<string, Client>([secretive, signer].map((client) => [client.id, client]))
  const unlimited = { take: async () => undefined, reset: async () => undefined }
  return authenticateClient({
    tenant: 'default',
    clients: { find: async ({ clientId }) => clients.get(clientId) },
    hasher: withHasher,
    assertions: createClientAssertionVerifier({
      issuer: ISSUER,
      tenant: 'default',
      replays: { remember: async () => true },
      runtime: { now: () => NOW },
    }),
    failuresByClient: unlimited,
    failuresByAddress: unlimited,
  })
}
