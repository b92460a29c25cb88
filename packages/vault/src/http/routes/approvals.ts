import * as z from 'zod'

import type { DecideApproval } from '../../use-cases/decide-approval.ts'
import type { Approval, ListApprovals } from '../../use-cases/list-approvals.ts'
import type { MyAccountGuard } from '../gates/my-account.ts'
import { isoTime } from '../iso-time.ts'
import type { Problems } from '../problem.ts'
import { readJsonBody } from '../read-body.ts'
import type { RouteHandler } from '../request-context.ts'
import { toJsonResponse } from '../to-response.ts'

const Decision = z.strictObject({ decision: z.enum(['approve', 'deny']) })

/** `GET /me/v1/approvals`: what clients ask the user to allow (CIBA). An addition of ours to the My Account API. */
export function approvalsRoute({
  guard,
  listApprovals,
}: {
  readonly guard: MyAccountGuard
  readonly listApprovals: ListApprovals
}): RouteHandler {
  return guard('read:me:approvals', async (_request, { caller }) => {
    const approvals = await listApprovals({ caller })
    return toJsonResponse({ approvals: approvals.map(approvalBody) })
  })
}

/** `POST /me/v1/approvals/{id}` with `{ decision }`: 204, once. */
export function decideApprovalRoute({
  guard,
  problems,
  decideApproval,
}: {
  readonly guard: MyAccountGuard
  readonly problems: Problems
  readonly decideApproval: DecideApproval
}): RouteHandler {
  return guard('write:me:approvals', async (request, { caller, requestId, pathParameters }) => {
    const body = await readJsonBody(request)
    if (!body.ok) return problems.body(body.refusal)
    const parsed = Decision.safeParse(body.value)
    if (!parsed.success) return problems.validation(parsed.error, 'body')

    const decided = await decideApproval({
      caller,
      // What is no id of ours is found nowhere.
      id: pathParameters['id'] ?? '',
      decision: parsed.data.decision,
      requestId,
    })
    return decided.ok
      ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      : problems.refusal(decided.refusal)
  })
}

function approvalBody(approval: Approval): Readonly<Record<string, unknown>> {
  return {
    id: approval.id,
    client_id: approval.clientId,
    client_name: approval.clientName,
    scope: approval.scopes.join(' '),
    resources: approval.resources,
    binding_message: approval.bindingMessage,
    created_at: isoTime(approval.createdAt),
    expires_at: isoTime(approval.expiresAt),
  }
}
