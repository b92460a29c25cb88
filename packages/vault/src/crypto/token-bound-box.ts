import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

import { lengthPrefixed } from '../domain/length-prefixed.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { TokenBoundBox } from '../ports/token-bound-box.ts'
import { DecryptError } from './decrypt-error.ts'
import { openBox, sealBox } from './sealed-box.ts'

const LABEL = 'valetkey token-bound 1'
const ASSOCIATED_DATA = lengthPrefixed([LABEL])
const NO_HEADER = new Uint8Array()

/** A {@link TokenBoundBox} for tokens of 128 bits of randomness or more: they are keys as they are. */
export function createTokenBoundBox({
  runtime,
}: {
  readonly runtime: Pick<Runtime, 'randomBytes'>
}): TokenBoundBox {
  return {
    seal: (token, plaintext) =>
      sealBox(boxOf(token), {
        header: NO_HEADER,
        plaintext: new TextEncoder().encode(plaintext),
        randomBytes: runtime.randomBytes,
      }),
    open(token, sealed) {
      try {
        return openBox(boxOf(token), sealed).toString('utf8')
      } catch (error) {
        if (error instanceof DecryptError) return undefined
        throw error
      }
    },
  }
}

function boxOf(token: string): {
  readonly key: KeyObject
  readonly label: string
  readonly associatedData: Uint8Array
} {
  // Not the plain hash: that one is stored, as the token's id.
  const key = createSecretKey(createHmac('sha256', token).update(LABEL).digest())
  return { key, label: LABEL, associatedData: ASSOCIATED_DATA }
}
