import { Buffer } from 'node:buffer'
import { hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

import type { Runtime } from '../ports/runtime.ts'

/** Nonces that every process of a tenant makes and knows without storing any. */
export interface DpopNonces {
  /** The one to hand out: of the minute that comes. */
  next(): string
  /** Whether it is one of the five minutes around now. */
  isCurrent(nonce: string): boolean
}

export interface DpopNoncesOptions {
  /** 32 bytes, from {@link dpopNonceSecret}. */
  readonly secret: Uint8Array
  readonly runtime: Pick<Runtime, 'now'>
}

const SECRET_BYTES = 32
const STEP_SECONDS = 60
/** Steps from the current one that are accepted, and which of them is handed out. */
const OFFSETS = [-2, -1, 0, 1, 2] as const
const NEXT = 1

/**
 * The nonces of oidc-provider (HKDF-SHA-256, RFC 5869, over the number of the minute), on the vault's clock: the two
 * answer at one token endpoint, and a client must not notice which of them gave it its nonce.
 */
export function createDpopNonces({ secret, runtime }: DpopNoncesOptions): DpopNonces {
  if (secret.length !== SECRET_BYTES) throw new TypeError('"secret" must have 32 bytes')
  let known: { readonly step: number; readonly nonces: ReadonlyMap<number, string> } | undefined

  function nonces(): ReadonlyMap<number, string> {
    const step = Math.floor(runtime.now() / STEP_SECONDS)
    if (known?.step !== step) {
      known = {
        step,
        nonces: new Map(OFFSETS.map((offset) => [offset, nonceOf(secret, step + offset)])),
      }
    }
    return known.nonces
  }

  return {
    next: () => nonces().get(NEXT) ?? '',
    isCurrent: (nonce) => {
      const given = Buffer.from(nonce)
      return [...nonces().values()].some((own) => {
        const expected = Buffer.from(own)
        return expected.length === given.length && timingSafeEqual(expected, given)
      })
    },
  }
}

/**
 * The secret for {@link createDpopNonces}, and oidc-provider's `features.dPoP.nonceSecret`: the same in each process of a
 * tenant. Read it once at start-up. After a rotation of the tenant key, processes of before and after make different
 * nonces until all were restarted, which costs clients another try.
 */
export async function dpopNonceSecret(keys: {
  active(): Promise<{ readonly key: KeyObject }>
}): Promise<Buffer> {
  return (await keys.active()).key.export()
}

function nonceOf(secret: Uint8Array, step: number): string {
  const salt = Buffer.alloc(8)
  salt.writeBigUInt64BE(BigInt(step))
  return Buffer.from(hkdfSync('sha256', secret, salt, 'DPoP', 32)).toString('base64url')
}
