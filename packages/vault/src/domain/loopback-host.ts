/** Whether a URL's `hostname` names this machine, in the three spellings that are allowed. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost'
}
