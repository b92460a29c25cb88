import { plainAnswer } from './web-answer.ts'

/**
 * Refuses what did not come from a page of this app. Browsers say where a request comes from in
 * headers that no page can write: `Origin`, and `Sec-Fetch-Site` where the site is https or loopback.
 */
export function refuseForeign({ headers }: Request, origin: string): Response | undefined {
  const site = headers.get('sec-fetch-site')
  const from = headers.get('origin')
  // An app with `Referrer-Policy: no-referrer` has no origin in its forms' requests.
  const hasNoOrigin = from === null || from === 'null'
  const isOwn =
    site === null ? from === origin : site === 'same-origin' && (hasNoOrigin || from === origin)
  return isOwn ? undefined : plainAnswer(403, `This has to be sent by a page of ${origin}.`)
}
