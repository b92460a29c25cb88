/** Gives the key pair of the `dpop` option, the same one each time. */
export type DpopKeySource = () => Promise<CryptoKeyPair>

/**
 * Checks the `dpop` option. A generated pair is made at first use and cannot be exported.
 *
 * @throws TypeError when it is neither a key pair that can sign nor `'generate'`
 */
export function dpopKeySource(dpop: CryptoKeyPair | 'generate'): DpopKeySource {
  if (dpop === 'generate') {
    let pair: Promise<CryptoKeyPair> | undefined
    return () => {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      pair ??= crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
      return pair
    }
  }
  const isPair =
    dpop?.privateKey instanceof CryptoKey &&
    dpop.privateKey.usages.includes('sign') &&
    dpop.publicKey instanceof CryptoKey &&
    dpop.publicKey.type === 'public' &&
    dpop.publicKey.extractable
  if (!isPair) {
    throw new TypeError(`"dpop" must be a CryptoKeyPair whose private key signs, or 'generate'`)
  }
  return () => Promise.resolve(dpop)
}
