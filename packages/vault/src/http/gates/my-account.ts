import type { ConnectRefusal } from '../../domain/connect-refusal.ts'
import { myAccountMetadataUrl } from '../../domain/vault-urls.ts'
import type { DpopVerifier } from '../../ports/dpop-verifier.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Quota, QuotaUse } from '../../ports/rate-limiter.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type {
  AuthorizeMyAccount,
  AuthorizeMyAccountRequest,
  MyAccountCaller,
} from '../../use-cases/authorize-my-account.ts'
import type { Problems } from '../problem.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'

/** A route that only those reach whose token has `scope`. */
export type MyAccountGuard = (scope: string, handle: MyAccountHandler) => RouteHandler

export type MyAccountHandler = (
  request: Request,
  context: RequestContext & { readonly caller: MyAccountCaller },
) => Promise<Response>

export interface MyAccountGuardDependencies {
  readonly issuer: string
  readonly authorizeMyAccount: AuthorizeMyAccount
  readonly dpop: DpopVerifier
  /** `dpop_signing_alg_values_supported` */
  readonly dpopAlgorithms: readonly string[]
  /** Calls of one user through one client. */
  readonly calls: Quota
  readonly problems: Problems
  readonly logger: Logger
  readonly runtime: Pick<Runtime, 'now'>
}

/** RFC 6750 section 2.1 and RFC 9449 section 7.1 (b64token). Longer ones are not of ours. */
const CREDENTIALS = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]{1,8192}=*)$/i

/**
 * Lets a user's client in by an access token of the vault's own for this API, in the header only: as `Bearer`, or as
 * `DPoP` with a proof of the key that it is bound to (RFC 6750, RFC 9449 section 7). Whoever is refused is told where to
 * read about the API (RFC 9728 section 5.1).
 */
export function myAccountGuard(dependencies: MyAccountGuardDependencies): MyAccountGuard {
  const { issuer, authorizeMyAccount, dpop, calls, problems, logger, runtime } = dependencies

  async function answer(
    request: Request,
    context: RequestContext,
    route: { readonly scope: string; readonly handle: MyAccountHandler },
  ): Promise<Response> {
    const { scope, handle } = route
    const scheme = schemeOf(request, issuer)
    if (scheme === undefined) {
      return withHeaders(problems.missingToken(), {
        'www-authenticate': challengesOf(dependencies, { scope }),
      })
    }
    const token = CREDENTIALS.exec(request.headers.get('authorization') ?? '')?.[1]
    const caller =
      token === undefined
        ? ({ ok: false, refusal: { reason: 'invalid_token' } } as const)
        : await authorizeMyAccount({ token, scheme, scope })
    if (!caller.ok) {
      const { refusal } = caller
      logger.warn('connected-accounts request refused', {
        requestId: context.requestId,
        code: refusal.reason,
        ...(refusal.reason === 'invalid_dpop_proof' && { cause: refusal.why }),
      })
      return withHeaders(problems.refusal(refusal), {
        'www-authenticate': challengesOf(dependencies, {
          scope,
          refused: { scheme: scheme.name, error: refusal.reason },
        }),
      })
    }
    const { client, identity } = caller.value
    context.answersTo?.(client)
    const use = await calls.use(JSON.stringify([client.id, identity.issuer, identity.subject]))
    const response = use.isAllowed
      ? await handle(request, { ...context, caller: caller.value })
      : problems.refusal({ reason: 'too_many_requests', retryAfterSeconds: use.resetSeconds })
    return withHeaders(response, quotaHeaders(use, runtime.now()))
  }

  return (scope, handle) => async (request, context) => {
    const response = await answer(request, context, { scope, handle })
    // Told with each answer, so that the next proof need not be asked for again (RFC 9449 section 8.2).
    const nonce = isDpop(request) ? { 'dpop-nonce': dpop.nextNonce() } : {}
    return withHeaders(response, nonce)
  }
}

/** How the token was presented; `undefined` when it was not, or in a way that this API does not know. */
function schemeOf(
  request: Request,
  issuer: string,
): AuthorizeMyAccountRequest['scheme'] | undefined {
  if (isDpop(request)) {
    const url = new URL(issuer)
    url.pathname = new URL(request.url).pathname
    const proof = request.headers.get('dpop') ?? undefined
    return { name: 'dpop', proof, method: request.method, url: url.href }
  }
  const isBearer = /^bearer(?: |$)/i.test(request.headers.get('authorization') ?? '')
  return isBearer ? { name: 'bearer' } : undefined
}

function isDpop(request: Request): boolean {
  return /^dpop(?: |$)/i.test(request.headers.get('authorization') ?? '')
}

interface Challenge {
  readonly scope: string
  readonly refused?: {
    readonly scheme: 'bearer' | 'dpop'
    readonly error: ConnectRefusal['reason']
  }
}

/** Both schemes; the one that was used says what was wrong (RFC 9449 section 7.2). */
function challengesOf(
  { issuer, dpopAlgorithms }: MyAccountGuardDependencies,
  { scope, refused }: Challenge,
): string {
  const metadata = `resource_metadata="${myAccountMetadataUrl(issuer)}"`
  const error = (scheme: 'bearer' | 'dpop'): readonly string[] =>
    refused?.scheme === scheme ? [`error="${refused.error}"`] : []
  const needed = [`scope="${scope}"`, metadata]
  const bearer = ['realm="connected accounts"', ...error('bearer'), ...needed].join(', ')
  const dpop = [...error('dpop'), `algs="${dpopAlgorithms.join(' ')}"`, ...needed].join(', ')
  const challenges = { bearer: `Bearer ${bearer}`, dpop: `DPoP ${dpop}` }
  return refused?.scheme === 'dpop'
    ? `${challenges.dpop}, ${challenges.bearer}`
    : `${challenges.bearer}, ${challenges.dpop}`
}

function quotaHeaders(
  { limit, remaining, resetSeconds }: QuotaUse,
  now: number,
): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(now + resetSeconds),
  }
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}
