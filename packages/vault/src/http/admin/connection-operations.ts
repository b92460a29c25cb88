import { accept } from '../../domain/result.ts'
import type { AdministerConnections } from '../../use-cases/administer-connections.ts'
import { ADMIN_CONTRACT } from './admin-contract.ts'
import {
  type AdminRouteDependencies,
  bodyRoute,
  pageOf,
  queryRoute,
  type AdminRoutes,
} from './admin-route.ts'
import { mapped } from './mapped.ts'
import { changedMembers, registrationBody } from './registration-body.ts'

export interface ConnectionOperationsDependencies extends AdminRouteDependencies {
  readonly connections: AdministerConnections
}

/** Connections: those of the configuration file, and those registered here. */
export function connectionOperations(
  dependencies: ConnectionOperationsDependencies,
): AdminRoutes<'connections'> {
  const { connections } = dependencies
  const contract = ADMIN_CONTRACT
  return {
    'connections.list': queryRoute(
      dependencies,
      'connections.list',
      contract['connections.list'],
      async ({ query: { after, limit } }) => {
        const found = await connections.list({ after, limit: limit + 1 })
        const { items, next } = pageOf(found, limit, ({ name }) => name)
        return accept({ body: { connections: items.map(registrationBody), next } })
      },
    ),
    'connections.read': queryRoute(
      dependencies,
      'connections.read',
      contract['connections.read'],
      async ({ segment }) =>
        mapped(await connections.find(segment('name')), (connection) => ({
          body: registrationBody(connection),
          about: { connection: connection.name },
        })),
    ),
    'connections.register': bodyRoute(
      dependencies,
      'connections.register',
      contract['connections.register'],
      async ({ body: { clientSecret, ...settings } }) =>
        mapped(await connections.register(settings, clientSecret), (connection) => ({
          body: registrationBody(connection),
          about: { connection: connection.name },
        })),
    ),
    'connections.change': bodyRoute(
      dependencies,
      'connections.change',
      contract['connections.change'],
      async ({ segment, body: { clientSecret, ...changes } }) => {
        const secret = typeof clientSecret === 'string' ? clientSecret : undefined
        const changed = await connections.change(segment('name'), changes, secret)
        return mapped(changed, (connection) => ({
          body: registrationBody(connection),
          about: {
            connection: connection.name,
            details: { members: changedMembers(changes, secret) },
          },
        }))
      },
    ),
    'connections.remove': queryRoute(
      dependencies,
      'connections.remove',
      contract['connections.remove'],
      async ({ segment }) =>
        mapped(await connections.remove(segment('name')), () => ({
          about: { connection: segment('name') },
        })),
    ),
    'connections.test': bodyRoute(
      dependencies,
      'connections.test',
      contract['connections.test'],
      async ({ segment }) =>
        mapped(await connections.test(segment('name')), (test) => ({
          body: { ...test },
          about: { connection: segment('name'), details: { works: test.works } },
        })),
    ),
  }
}
