/** The vault's addresses, all below its issuer. */
export interface VaultAddress {
  /** With the trailing slash. */
  readonly issuer: string
  readonly tokenEndpoint: string
  /** Audience of a token for the My Account API. */
  readonly myAccountAudience: string
  readonly connectedAccountsUrl: string
  /** True for `http` on a loopback host, the one place where it is accepted. */
  readonly isInsecureLoopback: boolean
}

/**
 * Reads an issuer, with or without its trailing slash.
 *
 * @throws TypeError naming `option` when it is no `https` URL (or `http` on loopback)
 */
export function parseIssuer(value: string, option: string): VaultAddress {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new TypeError(`"${option}" must be an absolute URL such as https://vault.example.com/`)
  }
  const isInsecureLoopback = url.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !isInsecureLoopback) {
    throw new TypeError(`"${option}" must use https (http is accepted for loopback only)`)
  }
  const issuer = url.href.endsWith('/') ? url.href : `${url.href}/`
  return {
    issuer,
    tokenEndpoint: `${issuer}oauth/token`,
    myAccountAudience: `${issuer}me/`,
    connectedAccountsUrl: `${issuer}me/v1/connected-accounts`,
    isInsecureLoopback,
  }
}

/**
 * Reads a domain as Auth0 writes it: `tenant.eu.auth0.com`, with a port where there is one. A whole
 * URL is taken too.
 *
 * @throws TypeError naming `option` when it is neither
 */
export function parseDomain(value: string, option: string): VaultAddress {
  return parseIssuer(/^https?:\/\//i.test(value) ? value : `https://${value}`, option)
}

/** True for `localhost`, names below it, `127.0.0.0/8` and `::1`. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}
