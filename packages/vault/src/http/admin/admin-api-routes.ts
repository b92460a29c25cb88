import type { AdminOperation } from '../../domain/admin.ts'
import type { Route } from '../router.ts'
import { auditOperations, type AuditOperationsDependencies } from './audit-operations.ts'
import { clientOperations, type ClientOperationsDependencies } from './client-operations.ts'
import {
  connectionOperations,
  type ConnectionOperationsDependencies,
} from './connection-operations.ts'
import { userOperations, type UserOperationsDependencies } from './user-operations.ts'

export interface AdminApiDependencies
  extends
    ConnectionOperationsDependencies,
    ClientOperationsDependencies,
    UserOperationsDependencies,
    AuditOperationsDependencies {}

/** Every operation of the contract with its use case. */
export function adminApiRoutes(dependencies: AdminApiDependencies): readonly Route[] {
  const routes: Readonly<Record<AdminOperation, Route>> = {
    ...connectionOperations(dependencies),
    ...clientOperations(dependencies),
    ...userOperations(dependencies),
    ...auditOperations(dependencies),
  }
  return Object.values(routes)
}
