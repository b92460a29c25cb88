import ipaddr from 'ipaddr.js'

/** Everything the internet routes to a host: RFC 4291 section 2.4 and its registry give IPv6 only this block. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * True for addresses that a request may go to: plain unicast. Private, loopback, link-local, carrier-grade NAT,
 * multicast, unique-local, IPv4-mapped, translated (NAT64, 6to4, Teredo) and reserved ones are not (RV-90), nor is text
 * that is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST)
}

/** True for `127.0.0.0/8` and `::1`. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback'
}
