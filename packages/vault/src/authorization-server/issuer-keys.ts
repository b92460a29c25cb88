import type { CryptoKey } from 'jose'

import { parseStrictJson } from '../domain/parse-strict-json.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { OutboundAnswer, OutboundFetch } from '../ports/outbound-fetch.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isObject } from './read-jwt.ts'
import { importVerificationKey, type KeyQuery, suitableKeys } from './verification-key.ts'

/** Keys are asked for again after this long, so that a key which the issuer withdrew stops counting. */
const FRESH_SECONDS = 600
/** An unknown `kid` makes the vault ask again, but not more often than this: anyone can invent one. */
const UNKNOWN_KEY_INTERVAL_SECONDS = 30
/** After a failure without any keys in hand, wait this long: each caller would cost a request otherwise. */
const FAILURE_INTERVAL_SECONDS = 5
/** How long known keys are used past their freshness while the issuer does not answer. */
const STALE_IF_ERROR_SECONDS = 3_600
const MAX_BYTES = 256 * 1024
const MAX_KEYS = 100
const TIMEOUT_SECONDS = 5

export interface IssuerKeysOptions {
  readonly jwksUri: string
  readonly outboundFetch: OutboundFetch
  readonly runtime: Pick<Runtime, 'now'>
}

/** An issuer's public keys, fetched from the one pinned address and cached (RV-38). */
export interface IssuerKeys {
  find(query: KeyQuery): Promise<Result<CryptoKey, MissingKey>>
}

export type MissingKey =
  | { readonly reason: 'unknown_key' }
  /** `cause`: why they could not be fetched the last time. */
  | { readonly reason: 'keys_unavailable'; readonly cause: string }

interface KeySet {
  readonly keys: readonly unknown[]
  readonly fetchedAt: number
  /** Imported keys by algorithm and `kid`; only found ones, so that it is bounded by the set. */
  readonly imported: Map<string, CryptoKey>
}

export function createIssuerKeys({
  jwksUri,
  outboundFetch,
  runtime,
}: IssuerKeysOptions): IssuerKeys {
  let current: KeySet | undefined
  let lastAttempt: { readonly at: number; readonly failure: string | undefined } | undefined
  let inFlight: Promise<void> | undefined

  async function fetchOnce(): Promise<void> {
    const at = runtime.now()
    const answer = await outboundFetch({
      url: jwksUri,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutSeconds: TIMEOUT_SECONDS,
      maxBytes: MAX_BYTES,
    })
    const fetched = readAnswer(answer)
    lastAttempt = { at, failure: fetched.ok ? undefined : fetched.refusal }
    if (fetched.ok) current = { keys: fetched.value, fetchedAt: at, imported: new Map() }
  }

  /** One request at a time, whoever asks. */
  function refetch(): Promise<void> {
    inFlight ??= fetchOnce().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  function mayAskAgain(intervalSeconds: number): boolean {
    return lastAttempt === undefined || runtime.now() - lastAttempt.at >= intervalSeconds
  }

  async function usableSet(): Promise<KeySet | undefined> {
    const now = runtime.now()
    if (current !== undefined && now - current.fetchedAt < FRESH_SECONDS) return current
    const interval = current === undefined ? FAILURE_INTERVAL_SECONDS : UNKNOWN_KEY_INTERVAL_SECONDS
    if (inFlight !== undefined || mayAskAgain(interval)) await refetch()
    const isTooOld =
      current !== undefined && now - current.fetchedAt >= FRESH_SECONDS + STALE_IF_ERROR_SECONDS
    return isTooOld ? undefined : current
  }

  function unavailable(): MissingKey {
    return { reason: 'keys_unavailable', cause: lastAttempt?.failure ?? 'not_fetched' }
  }

  return {
    async find(query) {
      const set = await usableSet()
      if (set === undefined) return refuse(unavailable())
      const key = await findIn(set, query)
      if (key !== undefined) return accept(key)
      if (inFlight !== undefined || mayAskAgain(UNKNOWN_KEY_INTERVAL_SECONDS)) {
        await refetch()
        const found = current === undefined ? undefined : await findIn(current, query)
        if (found !== undefined) return accept(found)
      }
      // The issuer may have changed its keys while it cannot be asked: that is no verdict on the token.
      return refuse(lastAttempt?.failure === undefined ? { reason: 'unknown_key' } : unavailable())
    },
  }
}

/** Without a `kid`, the key is known only where a single one is suitable. */
async function findIn(set: KeySet, query: KeyQuery): Promise<CryptoKey | undefined> {
  const name = JSON.stringify([query.algorithm, query.keyId])
  const known = set.imported.get(name)
  if (known !== undefined) return known
  const [candidate, ...others] = suitableKeys(set.keys, query)
  if (candidate === undefined || others.length > 0) return undefined
  const key = await importVerificationKey(candidate, query.algorithm)
  if (key !== undefined) set.imported.set(name, key)
  return key
}

function readAnswer(answer: OutboundAnswer): Result<readonly unknown[], string> {
  if (!answer.ok) return refuse(answer.code)
  if (answer.status !== 200) return refuse(`http_${answer.status}`)
  const set = parseStrictJson(answer.body)
  const keys = isObject(set) ? set['keys'] : undefined
  return Array.isArray(keys) && keys.length <= MAX_KEYS ? accept(keys) : refuse('not_a_key_set')
}
