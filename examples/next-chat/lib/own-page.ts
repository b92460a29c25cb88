/**
 * Whether a request comes from a page of this app: what changes something is asked for by no other
 * site, whose requests could carry the session's cookie. https://web.dev/articles/fetch-metadata
 */
export function isFromOwnPage(request: Request): boolean {
  return request.headers.get('sec-fetch-site') === 'same-origin'
}
