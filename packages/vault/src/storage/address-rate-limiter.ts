import type { RateLimiter } from '../ports/rate-limiter.ts'
import { createMemoryRateLimiter, type MemoryRateLimiterOptions } from './memory-rate-limiter.ts'

/**
 * Counts callers by address in this process: IPv4 addresses as they are, and IPv6 by /64 network, written
 * `2001:db8:1:2::/64`. The two have room of their own, since IPv6 networks are cheap to have many of: whoever floods
 * with them makes the limit stricter for no IPv4 caller. Of what finds no room, each /48 network shares one counter, so
 * that one site, however many networks it has, cannot use up those of all.
 */
export function createAddressRateLimiter(
  options: Omit<MemoryRateLimiterOptions, 'overflowKeyOf'>,
): RateLimiter {
  const ipv4 = createMemoryRateLimiter(options)
  const ipv6 = createMemoryRateLimiter({ ...options, overflowKeyOf: siteOf })
  const limiterOf = (address: string): RateLimiter => (address.includes(':') ? ipv6 : ipv4)
  return {
    take: (address) => limiterOf(address).take(address),
    reset: (address) => limiterOf(address).reset(address),
  }
}

function siteOf(network: string): string {
  return network.split(':', 3).join(':')
}
