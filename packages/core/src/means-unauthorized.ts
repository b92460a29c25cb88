import type { ApiErrorShape } from './token-answer.ts'

/** A refusal is short; a longer answer is not read twice. */
const longestRefusal = 10_000

/** Slack's words for a dead token, in a 200: https://docs.slack.dev/authentication/tokens */
const slackErrors = [
  'account_inactive',
  'invalid_auth',
  'not_authed',
  'token_expired',
  'token_revoked',
]

/** True when an API's answer says that the token is dead. Leaves the body to be read. */
export async function meansUnauthorized(
  response: Response,
  shape: ApiErrorShape | undefined,
): Promise<boolean> {
  if (response.status === 401) return true
  if (shape === undefined || response.status !== 200) return false
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  if (!isJson || Number(response.headers.get('content-length') ?? 0) > longestRefusal) return false
  return isSlackRefusal(await response.clone().text())
}

function isSlackRefusal(text: string): boolean {
  if (text.length > longestRefusal) return false
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('ok' in body) || !('error' in body)) {
      return false
    }
    const { ok, error } = body
    return ok === false && typeof error === 'string' && slackErrors.includes(error)
  } catch {
    return false // no JSON is no refusal
  }
}
