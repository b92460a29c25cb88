import { isIP } from 'node:net'

import { isLoopbackHost } from '../domain/loopback-host.ts'
import { isPublicAddress } from '../provider-client/address-policy.ts'
import { hostAndPort } from '../provider-client/host-and-port.ts'

/** Why an address cannot be used, with the mend; `undefined` when it can. Credentials in it are not repeated. */
export function checkUrl(
  value: string,
  { loopbackHttp }: { readonly loopbackHttp: 'allowed' | 'refused' },
): string | undefined {
  const url = URL.parse(value)
  if (url === null) return 'must be an absolute URL such as "https://example.com/"'
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password. Remove what stands before the @'
  }
  if (value.includes('#')) return 'must not have a fragment. Remove everything from the # on'
  if (value.includes('*')) return 'must not have a wildcard. Addresses are compared exactly'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'must begin with https://'
  if (!isLoopbackHost(url.hostname)) return 'must begin with https:// (http is for loopback only)'
  if (loopbackHttp === 'allowed') return undefined
  return 'must begin with https://. To develop against loopback, set development.dangerouslyAllowLoopbackHttp'
}

/** Why the vault cannot call an address, with the mend; `undefined` when it can, as far as its text tells. */
export function checkOutboundUrl(
  value: string,
  {
    loopbackHttp,
    allowedHosts,
  }: {
    readonly loopbackHttp: 'allowed' | 'refused'
    readonly allowedHosts: readonly string[]
  },
): string | undefined {
  const problem = checkUrl(value, { loopbackHttp })
  if (problem !== undefined) return problem
  const url = new URL(value)
  const isLoopback = isLoopbackHost(url.hostname)
  if (isLoopback && loopbackHttp === 'allowed') return undefined
  const host = hostAndPort(url)
  if (allowedHosts.includes(host)) return undefined
  const mend = `If it is a server of your own network, add ${JSON.stringify(host)} to outbound.allowedHosts`
  if (url.port !== '') return `has port ${url.port}, and the vault calls port 443 only. ${mend}`
  // Without the brackets of an IPv6 address.
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const isPrivate = isLoopback || (isIP(hostname) !== 0 && !isPublicAddress(hostname))
  return isPrivate ? `is not a public address, and the vault calls no other. ${mend}` : undefined
}
