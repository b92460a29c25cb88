import type { ConnectAttempt } from './attempt.ts'

/** How long the link with the ticket can be opened and agreed to; `expires_in` of the connect call (RV-67: ≤ 5 min). */
export const TICKET_SECONDS = 300

/** How long the provider may take, counted from the start of the attempt: logging in there takes time (RV-61: ≤ 10 min). */
export const ATTEMPT_SECONDS = 600

/** How long an app has to complete once the person is back (RV-67: ≤ 5 min). */
export const CONNECT_CODE_SECONDS = 300

/** Whether the ticket can still be used: nobody agreed yet, and it is not too late. */
export function isTicketLive(attempt: ConnectAttempt, now: number): boolean {
  return attempt.state === 'started' && now < attempt.createdAt + TICKET_SECONDS
}
