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

/** Whether a URL's `hostname` names this machine, in the three spellings that are allowed. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost'
}
