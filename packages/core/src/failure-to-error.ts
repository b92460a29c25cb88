import { type HttpAnswer, type NoAnswer, retryAfterSeconds } from './send-request.ts'
import { type ErrorAnswer, parseErrorAnswer } from './token-answer.ts'
import { connectRequired, isConnectReason, loginRequired } from './user-must-act.ts'
import { ValetKeyError, type ValetKeyErrorCode } from './valet-key-error.ts'
import { type Dialect, toErrorCode } from './wire-codes.ts'

/** What was asked for. */
export type ExchangeTarget =
  | { readonly kind: 'connection'; readonly connection: string; readonly scopes: readonly string[] }
  | { readonly kind: 'api'; readonly audience: string }

/** How to read a failure. */
export interface FailureContext {
  readonly dialect: Dialect
  readonly target: ExchangeTarget
  readonly issuer: string
  readonly now: number
  /** Strings that must not appear in any message, whatever the other side echoes. */
  readonly secrets: readonly string[]
}

/** The error for an answer other than 200. */
export function fromAnswer(answer: HttpAnswer, context: FailureContext): ValetKeyError {
  const body = parseErrorAnswer(answer.text)
  const code = toErrorCode(context.dialect, {
    status: answer.status,
    error: body?.error,
    vaultError: body?.vaultError,
  })
  const { target } = context
  if (code === 'login_required') return loginRequired('Your login has expired. Log in again.')
  if (target.kind === 'connection' && isConnectReason(code)) {
    return connectRequired({
      reason: code,
      connection: target.connection,
      scopes: target.scopes,
      missingScopes: body?.missingScopes,
      account: body?.account,
      accounts: code === 'account_ambiguous' ? body?.accounts : undefined,
    })
  }
  return new ValetKeyError(
    code,
    `${sentence(code, context)}${evidence(answer.status, body, context)}`,
    {
      status: answer.status,
      retryAfterSeconds: retryAfterSeconds(answer.headers, context.now),
    },
  )
}

/** The error for a request that got no answer, or one that could not be read. */
export function fromNoAnswer(failure: NoAnswer, context: FailureContext): ValetKeyError {
  const options = { cause: failure.cause }
  switch (failure.reason) {
    case 'timeout':
      return new ValetKeyError(
        'vault_unavailable',
        `The vault at ${context.issuer} did not answer in time. Try again later.`,
        options,
      )
    case 'network':
      return new ValetKeyError(
        'vault_unavailable',
        `The vault at ${context.issuer} cannot be reached. Check that it runs and that the address is right.`,
        options,
      )
    case 'too_large':
    case 'invalid':
      return protocolError(context, options)
  }
}

/** The error for an answer that is no valid answer. */
export function protocolError(context: FailureContext, options: ErrorOptions = {}): ValetKeyError {
  return new ValetKeyError('protocol_error', `${sentence('protocol_error', context)}.`, options)
}

function sentence(code: ValetKeyErrorCode, { target, issuer }: FailureContext): string {
  const what = JSON.stringify(target.kind === 'connection' ? target.connection : target.audience)
  switch (code) {
    case 'policy_denied':
      return `The vault's policy refuses ${what} to this client. Ask its administrator to allow it`
    case 'provider_unavailable':
      return `The provider of ${what} is unavailable. Try again later`
    case 'vault_unavailable':
      return `The vault at ${issuer} is unavailable. Try again later`
    case 'client_misconfigured':
      return `The vault at ${issuer} refused the request for ${what}. Check the client's id, credential and registration, and the name`
    case 'approval_required':
      return `The use of ${what} has to be approved first`
    case 'approval_denied':
      return `The use of ${what} was not approved`
    case 'approval_expired':
      return `Nobody approved the use of ${what} in time`
    case 'protocol_error':
    case 'not_connected':
    case 'scopes_missing':
    case 'reconnect_required':
    case 'consent_required':
    case 'account_ambiguous':
    case 'login_required':
      return `The vault at ${issuer} gave no valid answer to the request for ${what}`
  }
}

/** Status and words of the answer, for the developer: cut short, quoted, without our secrets. */
function evidence(
  status: number,
  body: ErrorAnswer | undefined,
  { secrets, issuer }: FailureContext,
): string {
  const words = [body?.vaultError, body?.error, body?.description]
    .filter((word) => word !== undefined)
    .map((word) => JSON.stringify(withoutSecrets(word, secrets).slice(0, 300)))
  const page = body?.errorUri
  const isOurs = page !== undefined && page.startsWith(issuer) && /^[!-~]{1,300}$/.test(page)
  const mend = isOurs ? ` See ${withoutSecrets(page, secrets)}` : ''
  return ` (${[`status ${status}`, ...words].join(', ')}).${mend}`
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (clean, secret) => (secret === '' ? clean : clean.replaceAll(secret, '[redacted]')),
    text,
  )
}
