import { readText } from './read-text.ts'
import type { ApiErrorShape } from './token-answer.ts'

/** A refusal is short; a longer answer is not read twice, nor waited for. */
const longestRefusalBytes = 10_000

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
  const length = Number(response.headers.get('content-length') ?? 0)
  if (!isJson || length > longestRefusalBytes) return false
  const text = await readText(response.clone(), longestRefusalBytes)
  return text !== undefined && isSlackRefusal(text)
}

function isSlackRefusal(text: string): boolean {
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
