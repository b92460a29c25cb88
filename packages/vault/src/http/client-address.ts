import ipaddr from 'ipaddr.js'

/**
 * Whom limits count: the caller's IPv4 address, or the /64 network of its IPv6 address, all of which one caller may
 * have. It is the peer's own, or, behind `trustedHops` proxies that each append to `X-Forwarded-For`, the one that the
 * outermost trusted proxy saw. What callers put in front of that is theirs and never read. `undefined` when the peer
 * has none.
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
  const peer = networkOf(peerAddress ?? '')
  if (trustedHops === 0 || forwardedFor === null) return peer
  const hops = forwardedFor.split(',').map((hop) => hop.trim())
  // Fewer hops than proxies: the request did not come the way the configuration says.
  return networkOf(hops[hops.length - trustedHops] ?? '') ?? peer
}

/** Some proxies write the port, too; each connection has another. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]*)\]|(?<ipv4>[0-9.]*))(?::\d{1,5})?$/

function networkOf(text: string): string | undefined {
  const { ipv6, ipv4 } = WITH_PORT.exec(text)?.groups ?? {}
  const address = ipv6 ?? ipv4 ?? text
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return address
  if (!ipaddr.IPv6.isValid(address)) return undefined
  const parsed = ipaddr.IPv6.parse(address)
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}
