/** Seals a value so that only who holds a certain token can open it: the token is the key, and is not stored (R6). */
export interface TokenBoundBox {
  seal(token: string, plaintext: string): Uint8Array
  /** `undefined` for another token and for a damaged box alike. */
  open(token: string, sealed: Uint8Array): string | undefined
}
