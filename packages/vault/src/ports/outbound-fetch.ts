/**
 * The one way out (RV-90): https only, public addresses only (checked at connect time), no redirects, a total
 * time limit and a body limit. Loopback and servers of one's own network only where the configuration says so by name.
 */
export type OutboundFetch = (request: OutboundRequest) => Promise<OutboundAnswer>

export interface OutboundRequest {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Default 10. */
  readonly timeoutSeconds?: number | undefined
  /** Default 1 MiB. */
  readonly maxBytes?: number | undefined
  /** Asked after the connection stands and right before the request is written; false aborts it unsent. */
  readonly mayStillSend?: (() => boolean) | undefined
}

export type OutboundAnswer =
  | {
      readonly ok: true
      readonly status: number
      readonly headers: Headers
      readonly body: string
    }
  | {
      readonly ok: false
      /** `refused_address`, `refused_url`, `dns_failed`, `connect_failed`, `not_sent`: nothing was sent. The others: it may have been. */
      readonly code:
        | 'refused_url'
        | 'refused_address'
        | 'dns_failed'
        | 'connect_failed'
        | 'not_sent'
        | 'timeout'
        | 'reset'
        | 'redirect'
        | 'too_large'
      readonly sent: boolean
    }
