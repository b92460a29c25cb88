import { findValetKeyError, interruptText, type ValetKeyErrorCode } from '@valetkey/vercel-ai'

const SENTENCES: Partial<Readonly<Record<ValetKeyErrorCode, string>>> = {
  vault_unavailable:
    'The vault that keeps your connections does not answer right now. Your accounts stay connected; try again in a moment.',
  provider_unavailable:
    'The other side does not answer right now. Your account stays connected; try again in a moment.',
  policy_denied: 'This app is not allowed to do that. Its administrator can change it.',
  client_misconfigured: 'This app is not set up for that. Its administrator can mend it.',
}

/** What the page is told about an error of a tool: the interrupt, or a sentence for a person. */
export function toolErrorText(error: unknown): string {
  const { code } = findValetKeyError(error) ?? {}
  if (code !== undefined && SENTENCES[code] !== undefined) return SENTENCES[code]
  return code === undefined ? 'That did not work.' : interruptText(error)
}
