import { toWireError, type Dialect } from './to-wire-error.ts'
import type { TokenRefusal } from './token-refusal.ts'

export interface ErrorContext {
  readonly dialect: Dialect
  /** The vault's, under which `error_uri` lies. */
  readonly issuer: string
  /** Whether the request used the `Authorization` header: then a 401 must name the scheme (RFC 6749 section 5.2). */
  readonly usedAuthorizationHeader?: boolean | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The answer to a refusal, in the dialect that was spoken. */
export function toErrorResponse(refusal: TokenRefusal, context: ErrorContext): Response {
  const wire = toWireError(refusal, context)
  const body = {
    error: wire.error,
    error_description: wire.description,
    ...(wire.vaultError !== undefined && {
      error_uri: `${context.issuer}errors/${wire.vaultError}`,
      vault_error: wire.vaultError,
    }),
    ...wire.details,
  }
  const headers: Record<string, string> = { ...context.headers, ...wire.headers }
  if (wire.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(wire.retryAfterSeconds)))
  }
  if (wire.status === 401 && context.usedAuthorizationHeader === true) {
    headers['www-authenticate'] = 'Basic realm="vault", charset="UTF-8"'
  }
  return toJsonResponse(body, wire.status, headers)
}

/** An answer of the token endpoint: never to be stored, by anyone (RV-05). */
export function toJsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...headers,
    },
  })
}
