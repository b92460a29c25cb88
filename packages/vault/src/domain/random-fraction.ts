/** A uniform random number, 0 included, 1 excluded: for jitter, never for secrets. */
export function randomFraction(randomBytes: (length: number) => Uint8Array): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = randomBytes(4)
  return (first * 2 ** 24 + second * 2 ** 16 + third * 2 ** 8 + fourth) / 2 ** 32
}
