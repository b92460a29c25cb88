import type { Client } from '../domain/client.ts'

/** What a route handler is told about a request besides the request itself. */
export interface RequestContext {
  /** Ties together the log line, the audit event and the error answer of one request. */
  readonly requestId: string
  /**
   * The caller's IPv4 address or IPv6 network, after trusted proxies: for limits to count by. Absent when the embedding
   * server told none.
   */
  readonly remoteAddress?: string | undefined
  /** What stood in the route's `:name` places, decoded. Attacker-controlled. */
  readonly pathParameters: Readonly<Record<string, string>>
  /** Told once it is known which client asks: scripts may read the answer at that client's own origins only (R26). */
  readonly answersTo?: ((client: Client) => void) | undefined
}

/** How every route is called; route factories return one. */
export type RouteHandler = (request: Request, context: RequestContext) => Promise<Response>
