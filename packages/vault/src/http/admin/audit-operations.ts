import { accept } from '../../domain/result.ts'
import type { AuditReader } from '../../ports/audit-reader.ts'
import type { DiagnoseExchange } from '../../use-cases/diagnose-exchange.ts'
import { ADMIN_CONTRACT } from './admin-contract.ts'
import {
  type AdminRouteDependencies,
  bodyRoute,
  queryRoute,
  type AdminRoutes,
} from './admin-route.ts'

export interface AuditOperationsDependencies extends AdminRouteDependencies {
  readonly tenant: string
  readonly auditReader: AuditReader
  readonly diagnose: DiagnoseExchange
}

/** What happened, and what would happen. */
export function auditOperations(
  dependencies: AuditOperationsDependencies,
): AdminRoutes<'audit' | 'exchange'> {
  const { tenant, auditReader, diagnose } = dependencies
  const contract = ADMIN_CONTRACT
  return {
    'audit.list': queryRoute(
      dependencies,
      'audit.list',
      contract['audit.list'],
      async ({ query: { user, client, after, limit, ...filter } }) => {
        const page = await auditReader.page({
          tenant,
          filter: { userId: user, clientId: client, ...filter },
          cursor: after,
          limit,
        })
        return accept({ body: { ...page } })
      },
    ),
    'audit.verify': bodyRoute(
      dependencies,
      'audit.verify',
      contract['audit.verify'],
      async ({ body }) => {
        const verdict = await auditReader.verify(body)
        return accept({ body: { ...verdict }, about: { details: { whole: verdict.whole } } })
      },
    ),
    'exchange.diagnose': bodyRoute(
      dependencies,
      'exchange.diagnose',
      contract['exchange.diagnose'],
      async ({ body: { client, user = '', identity, ...question } }) => {
        const who = identity ?? { userId: user }
        const diagnosis = await diagnose({ ...question, clientId: client, who })
        const { userId, accountId, works } = diagnosis
        return accept({ body: { ...diagnosis }, about: { userId, accountId, details: { works } } })
      },
    ),
  }
}
