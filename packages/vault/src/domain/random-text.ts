const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Bytes at or above this would favour the alphabet's first letters. */
const FAIR_LIMIT = 256 - (256 % ALPHABET.length)

/**
 * Uniform random letters and digits, 5.95 bits each: 22 are over 128 bits, 32 over 190.
 * For ids, tickets, codes and everything else that must not be guessed.
 */
export function randomText(randomBytes: (length: number) => Uint8Array, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < FAIR_LIMIT) text += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return text
}
