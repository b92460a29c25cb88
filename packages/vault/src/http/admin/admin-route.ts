import type * as z from 'zod'

import type { AdminOperation, AdminRefusal } from '../../domain/admin.ts'
import type { Result } from '../../domain/result.ts'
import {
  type AdminRequestRecord,
  type AdminRequestSubject,
  recordAdminRequest,
  type RecordAdminRequestDependencies,
} from '../../use-cases/record-admin-request.ts'
import { UNAVAILABLE_RETRY_SECONDS } from '../../use-cases/record-audit.ts'
import { readJsonBody } from '../read-body.ts'
import type { Route } from '../router.ts'
import { queryOf } from '../routes/connected-accounts-schema.ts'
import { toJsonResponse } from '../to-response.ts'
import type { Contract } from './admin-contract.ts'
import type { AdminGate } from './admin-gate.ts'
import { adminBodyProblem, adminProblem, adminQueryProblem } from './admin-problem.ts'

export const ADMIN_PATH = '/api/v1'

/** What every handler is told of a request. */
export interface AdminRequest {
  readonly adminId: string
  readonly requestId: string
  /** What stood in a `{name}` place, decoded; empty when it cannot be. Attacker-controlled. */
  readonly segment: (name: string) => string
}

export interface AdminAnswer {
  /** As the contract says; absent with 204. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
  /** For the audit log. */
  readonly about?: AdminRequestSubject | undefined
}

export type AdminOutcome = Promise<Result<AdminAnswer, AdminRefusal>>

export interface AdminRouteDependencies extends RecordAdminRequestDependencies {
  readonly gate: AdminGate
}

/** The routes of some operations: none can be left out. */
export type AdminRoutes<Prefix extends string> = Readonly<
  Record<Extract<AdminOperation, `${Prefix}.${string}`>, Route>
>

/** A route of the contract that reads no body. */
export function queryRoute<Query>(
  dependencies: AdminRouteDependencies,
  operation: AdminOperation,
  contract: Contract & { readonly query: z.ZodType<Query> },
  handler: (input: AdminRequest & { readonly query: Query }) => AdminOutcome,
): Route {
  return adminRoute(dependencies, { operation, contract }, async (request, known) => {
    const query = contract.query.safeParse(queryOf(request))
    return query.success
      ? await handler({ ...known, query: query.data })
      : adminQueryProblem(query.error)
  })
}

/**
 * A route of the contract whose body is JSON, be it `{}`: no page of another site can make a browser send that, whatever
 * credential it keeps.
 */
export function bodyRoute<Body>(
  dependencies: AdminRouteDependencies,
  operation: AdminOperation,
  contract: Contract & { readonly body: z.ZodType<Body> },
  handler: (input: AdminRequest & { readonly body: Body }) => AdminOutcome,
): Route {
  return adminRoute(dependencies, { operation, contract }, async (request, known) => {
    const query = contract.query.safeParse(queryOf(request))
    if (!query.success) return adminQueryProblem(query.error)
    const json = await readJsonBody(request)
    if (!json.ok) return adminBodyProblem(json.refusal)
    const body = contract.body.safeParse(json.value)
    if (body.success) return await handler({ ...known, body: body.data })
    const problems = body.error.issues.map(({ path, message }) => ({ path, message }))
    return adminProblem({ reason: 'invalid_settings', problems })
  })
}

/** Let in, read, done, recorded, answered. */
function adminRoute(
  dependencies: AdminRouteDependencies,
  { operation, contract }: { readonly operation: AdminOperation; readonly contract: Contract },
  handle: (request: Request, known: AdminRequest) => Promise<Awaited<AdminOutcome> | Response>,
): Route {
  return {
    method: contract.method,
    path: ADMIN_PATH + contract.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    handle: async (request, context) => {
      const { requestId } = context
      const admin = await dependencies.gate(request, context, contract.scope)
      if (admin instanceof Response) return admin
      const known = { adminId: admin.id, requestId, segment: segmentOf(contract, request) }
      const outcome = await handle(request, known)
      const isRecorded = await recordAdminRequest(dependencies, {
        operation,
        adminId: admin.id,
        requestId,
        ...recordOf(outcome),
      })
      if (!isRecorded) return adminProblem(UNAVAILABLE)
      if (outcome instanceof Response) return outcome
      if (!outcome.ok) return adminProblem(outcome.refusal)
      return contract.status === 204
        ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
        : toJsonResponse(outcome.value.body, contract.status)
    },
  }
}

function recordOf(
  outcome: Awaited<AdminOutcome> | Response,
): Pick<AdminRequestRecord, 'reason' | 'about'> {
  if (outcome instanceof Response) return { reason: 'invalid_request' }
  return outcome.ok ? { about: outcome.value.about } : { reason: outcome.refusal.reason }
}

const UNAVAILABLE = {
  reason: 'vault_unavailable',
  retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
} as const

/** Read off the URL itself: ids may hold slashes and percent signs, encoded. */
function segmentOf({ path }: Contract, request: Request): (name: string) => string {
  const segments = new URL(request.url).pathname.slice(ADMIN_PATH.length).split('/')
  const places = path.split('/')
  return (name) => {
    const encoded = segments[places.indexOf(`{${name}}`)] ?? ''
    try {
      return decodeURIComponent(encoded)
    } catch {
      // No UTF-8 behind the percent signs: it names nothing.
      return ''
    }
  }
}

/** Cuts a list that was asked for with one more than the page holds. */
export function pageOf<Item>(
  items: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  const next = items.length > limit && last !== undefined ? cursorOf(last) : undefined
  return { items: shown, next }
}
