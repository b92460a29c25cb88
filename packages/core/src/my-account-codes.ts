import type { ValetKeyErrorCode } from './valet-key-error.ts'
import { toErrorCode } from './wire-codes.ts'

/** What was asked of the My Account API. */
export type MyAccountOperation = 'connect' | 'complete' | 'list' | 'delete'

/** One row: the first that fits gives the code. */
export interface MyAccountCode {
  readonly operation?: MyAccountOperation
  readonly status: readonly [lowest: number, highest: number]
  readonly code: ValetKeyErrorCode
}

/** From a status of the My Account API to the code, where the answer has no `vault_error`. */
export const myAccountCodes: readonly MyAccountCode[] = [
  { status: [401, 401], code: 'login_required' },
  { status: [403, 403], code: 'policy_denied' },
  { status: [409, 409], code: 'policy_denied' },
  // The attempt is unknown, used or expired: nothing was connected.
  { operation: 'complete', status: [404, 404], code: 'not_connected' },
  { status: [429, 429], code: 'vault_unavailable' },
  { status: [500, 599], code: 'vault_unavailable' },
  { status: [400, 499], code: 'client_misconfigured' },
]

/** The code of an answer that is no success. */
export function toMyAccountCode(
  operation: MyAccountOperation,
  status: number,
  vaultError: string | undefined,
): ValetKeyErrorCode {
  if (vaultError !== undefined && status >= 400) {
    return toErrorCode('rfc8693', { status, vaultError })
  }
  const row = myAccountCodes.find(
    (candidate) =>
      (candidate.operation === undefined || candidate.operation === operation) &&
      status >= candidate.status[0] &&
      status <= candidate.status[1],
  )
  return row?.code ?? 'protocol_error'
}
