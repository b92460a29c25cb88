import type { CryptoKey, JWK } from 'jose'

import type { Client } from '../domain/client.ts'
import { DECOY_KEYS } from './decoy-keys.ts'
import type { Jwt } from './read-jwt.ts'
import {
  DEFAULT_SIGNATURE_ALGORITHMS,
  importVerificationKey,
  isSignedBy,
  suitableKeys,
} from './verification-key.ts'

const ALGORITHMS: readonly string[] = DEFAULT_SIGNATURE_ALGORITHMS

/** Signatures of clients, by the keys registered for them. */
export interface ClientSignatures {
  /**
   * `jwt` is what `token` says. As much work where there is no client or no key as where there is one: the time must not
   * tell which clients exist (RV-24).
   */
  isSignedByClient(
    client: Pick<Client, 'authentication'> | undefined,
    signed: { readonly jwt: Jwt; readonly token: string },
  ): Promise<boolean>
}

/** Imports each registered key once. */
export function createClientSignatures(): ClientSignatures {
  const imported = new WeakMap<object, Map<string, CryptoKey>>()
  return {
    async isSignedByClient(client, { jwt: { algorithm, keyId }, token }) {
      if (!ALGORITHMS.includes(algorithm)) return false
      const registered = registeredKeysOf(client)
      const [key, ...others] = suitableKeys(registered, { algorithm, keyId })
      // Without a `kid`, the key is known only where a single one is suitable.
      const isKnown = key !== undefined && others.length === 0
      const [tried] = isKnown ? [key] : suitableKeys(DECOY_KEYS, { algorithm })
      if (tried === undefined) return false
      const holder = isKnown ? registered : DECOY_KEYS
      const known = imported.get(holder) ?? new Map<string, CryptoKey>()
      imported.set(holder, known)
      const verifier = await importOnce(known, tried, algorithm)
      const isGenuine = verifier !== undefined && (await isSignedBy(token, verifier, algorithm))
      return isKnown && isGenuine
    },
  }
}

function registeredKeysOf(client: Pick<Client, 'authentication'> | undefined): readonly unknown[] {
  return client?.authentication.method === 'private_key_jwt' ? client.authentication.keys : []
}

async function importOnce(
  known: Map<string, CryptoKey>,
  key: JWK,
  algorithm: string,
): Promise<CryptoKey | undefined> {
  const name = JSON.stringify([algorithm, key])
  const found = known.get(name) ?? (await importVerificationKey(key, algorithm))
  if (found !== undefined) known.set(name, found)
  return found
}
