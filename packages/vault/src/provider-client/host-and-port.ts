/** `host:port` of an https URL, the port always written: how a server of one's own network is named in settings. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port === '' ? '443' : url.port}`
}
