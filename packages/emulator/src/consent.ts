/** What a user decides on a consent page. */
export type ConsentDecision =
  | {
      readonly decision: 'allow'
      /** Id of the user who is signed in at the provider. Default: by `login_hint`, else the first user. */
      readonly user?: string | undefined
      /** The scopes the user leaves ticked. Default: all that were asked. */
      readonly scopes?: readonly string[] | undefined
    }
  | { readonly decision: 'deny'; readonly user?: string | undefined }

/** Decisions for the next authorization requests, where consent is automatic. */
export interface ConsentStore {
  /** The next request of this provider is decided so; further decisions wait behind it. */
  readonly next: (provider: string, decision: ConsentDecision) => void
  /** The decision for a request that is here now. */
  readonly take: (provider: string) => ConsentDecision
}

/** Allows everything until told otherwise. */
export function createConsent(): ConsentStore {
  const queues = new Map<string, ConsentDecision[]>()
  return {
    next: (provider, decision) => {
      queues.set(provider, [...(queues.get(provider) ?? []), decision])
    },
    take: (provider) => queues.get(provider)?.shift() ?? { decision: 'allow' },
  }
}
