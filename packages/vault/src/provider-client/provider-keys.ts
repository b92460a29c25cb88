import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'

import type { OutboundFetch } from '../ports/outbound-fetch.ts'
import type { Runtime } from '../ports/runtime.ts'
import { parseJsonObject } from './parse-json-object.ts'

const FRESH_SECONDS = 600
/** An unknown key id makes the set be fetched again, at most this often: anyone can invent a key id. */
const REFETCH_SECONDS = 30
/** How long a set is good when the provider cannot be reached. */
const STALE_SECONDS = 3600
const MAX_BYTES = 256 * 1024
const MAX_KEYS = 100

/** A provider's signing keys could not be fetched. */
export class KeysUnavailableError extends Error {
  constructor() {
    super('The signing keys of the provider could not be fetched')
    this.name = 'KeysUnavailableError'
  }
}

/** Finds the key of an ID token among those at a URL from the catalog (never one that the token names, RV-38). */
export type ProviderKeys = (jwksUri: string) => JWTVerifyGetKey

/** Keys are kept for ten minutes, one set a URL, and fetched by one request however many ask. */
export function createProviderKeys({
  outboundFetch,
  runtime,
}: {
  readonly outboundFetch: OutboundFetch
  readonly runtime: Runtime
}): ProviderKeys {
  const sets = new Map<string, KeySet>()
  const fetching = new Map<string, Promise<KeySet | undefined>>()

  const fetchSet = async (jwksUri: string): Promise<KeySet | undefined> => {
    const fetchedAt = runtime.now()
    const answer = await outboundFetch({
      url: jwksUri,
      method: 'GET',
      headers: { accept: 'application/json' },
      maxBytes: MAX_BYTES,
    })
    if (!answer.ok || answer.status !== 200) return undefined
    const parsed = KeySetDocument.safeParse(parseJsonObject(answer.body))
    if (!parsed.success) return undefined
    const set = { find: createLocalJWKSet(parsed.data), fetchedAt }
    sets.set(jwksUri, set)
    return set
  }
  const fetchOnce = async (jwksUri: string): Promise<KeySet | undefined> => {
    const running = fetching.get(jwksUri) ?? fetchSet(jwksUri)
    fetching.set(jwksUri, running)
    try {
      return await running
    } finally {
      fetching.delete(jwksUri)
    }
  }
  const currentSet = async (jwksUri: string): Promise<KeySet> => {
    const known = sets.get(jwksUri)
    const age = known === undefined ? Infinity : runtime.now() - known.fetchedAt
    if (known !== undefined && age < FRESH_SECONDS) return known
    const fetched = await fetchOnce(jwksUri)
    if (fetched !== undefined) return fetched
    if (known !== undefined && age < STALE_SECONDS) return known
    throw new KeysUnavailableError()
  }

  return (jwksUri) => async (header, token) => {
    const set = await currentSet(jwksUri)
    try {
      return await set.find(header, token)
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey
      if (!mayBeNew || runtime.now() - set.fetchedAt < REFETCH_SECONDS) throw error
      const fetched = await fetchOnce(jwksUri)
      if (fetched === undefined) throw error
      return await fetched.find(header, token)
    }
  }
}

interface KeySet {
  readonly find: JWTVerifyGetKey
  readonly fetchedAt: number
}

const KeySetDocument: z.ZodType<JSONWebKeySet> = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS),
})
