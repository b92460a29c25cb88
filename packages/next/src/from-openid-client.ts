import { findValetKeyError, type ValetKeyClient, ValetKeyError } from '@valetkey/core'
import { sendOnce } from '@valetkey/core/adapter'
import { ClientError, type CustomFetch, ResponseBodyError } from 'openid-client'

/**
 * The fetch of the library, with a limit on what is read. A vault that cannot be reached, or answers
 * 429 or 5xx, is one that cannot be used now.
 */
export function boundedFetch(
  runtime: ValetKeyClient['vault']['runtime'],
  issuer: string,
): CustomFetch {
  return async (url, { body, headers, method, signal }) => {
    const given = body instanceof URLSearchParams || typeof body === 'string' ? body : null
    const init = { body: given, headers, method }
    const sent = await sendOnce(runtime, url, init, signal ?? new AbortController().signal)
    if (!sent.ok) throw unavailable(issuer, sent.refusal.cause)
    const { status, text, headers: answered } = sent.value
    if (status === 429 || status >= 500) throw unavailable(issuer, new Error(`status ${status}`))
    return new Response(text === '' ? null : text, { status, headers: answered })
  }
}

/** Our error for one of the library's. Its own may hold whole answers, so only its words are kept. */
export function fromOpenIdClient(error: unknown, issuer: string): ValetKeyError {
  const own = findValetKeyError(error)
  if (own !== undefined) return own
  if (error instanceof ResponseBodyError) {
    const code = error.error === 'invalid_grant' ? 'login_required' : 'client_misconfigured'
    return new ValetKeyError(
      code,
      `The login at ${issuer} was refused: ${JSON.stringify(error.error)}.`,
      {
        cause: words(error),
        status: error.status,
      },
    )
  }
  return new ValetKeyError('protocol_error', `${issuer} gave no valid answer to a login.`, {
    cause: words(error),
  })
}

function unavailable(issuer: string, cause: unknown): ValetKeyError {
  const message = `The vault at ${issuer} cannot be reached. Try again later.`
  return new ValetKeyError('vault_unavailable', message, { cause })
}

function words(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined
  const code = error instanceof ClientError && error.code !== undefined ? `${error.code}: ` : ''
  return new Error(`${error.name}: ${code}${error.message}`.slice(0, 300))
}
