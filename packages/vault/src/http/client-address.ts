/**
 * The caller's address: the peer's own, or, behind `trustedHops` proxies that each append to `X-Forwarded-For`, the one
 * that the outermost trusted proxy saw. What callers put in front of that is theirs and never read.
 */
export function clientAddress({
  peerAddress,
  forwardedFor,
  trustedHops,
}: {
  readonly peerAddress: string | undefined
  readonly forwardedFor: string | null
  readonly trustedHops: number
}): string | undefined {
  if (trustedHops === 0 || forwardedFor === null) return peerAddress
  const hops = forwardedFor.split(',').map((hop) => hop.trim())
  const address = hops[hops.length - trustedHops]
  // Fewer hops than proxies: the request did not come the way the configuration says.
  return address === undefined || !ADDRESS.test(address) ? peerAddress : address
}

/** Loose on purpose: it is a key for counting, not something to connect to. */
const ADDRESS = /^[0-9A-Fa-f:.]{2,45}$/
