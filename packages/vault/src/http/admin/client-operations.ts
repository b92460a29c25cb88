import { liveSecrets, type RegistryEntry } from '../../domain/registration.ts'
import { accept } from '../../domain/result.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { AdministerClients, ClientWithSecret } from '../../use-cases/administer-clients.ts'
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

export interface ClientOperationsDependencies extends AdminRouteDependencies {
  readonly clients: AdministerClients
  readonly runtime: Pick<Runtime, 'now'>
}

/** Clients: those of the configuration file, and those registered here with their secrets. */
export function clientOperations(
  dependencies: ClientOperationsDependencies,
): AdminRoutes<'clients'> {
  const { clients, runtime } = dependencies
  const contract = ADMIN_CONTRACT
  const bodyOf = (client: RegistryEntry): Readonly<Record<string, unknown>> =>
    clientBody(client, runtime.now())
  const withSecret = ({ client, secret }: ClientWithSecret) => ({
    body: { client: bodyOf(client), secret },
    about: { clientId: client.name, ...(secret && { details: { secret: secret.id } }) },
  })
  return {
    'clients.list': queryRoute(
      dependencies,
      'clients.list',
      contract['clients.list'],
      async ({ query: { after, limit } }) => {
        const found = await clients.list({ after, limit: limit + 1 })
        const { items, next } = pageOf(found, limit, ({ name }) => name)
        return accept({ body: { clients: items.map(bodyOf), next } })
      },
    ),
    'clients.read': queryRoute(
      dependencies,
      'clients.read',
      contract['clients.read'],
      async ({ segment }) =>
        mapped(await clients.find(segment('id')), (client) => ({
          body: bodyOf(client),
          about: { clientId: client.name },
        })),
    ),
    'clients.register': bodyRoute(
      dependencies,
      'clients.register',
      contract['clients.register'],
      async ({ body }) => mapped(await clients.register(body), withSecret),
    ),
    'clients.change': bodyRoute(
      dependencies,
      'clients.change',
      contract['clients.change'],
      async ({ segment, body }) =>
        mapped(await clients.change(segment('id'), body), (client) => ({
          body: bodyOf(client),
          about: { clientId: client.name, details: { members: changedMembers(body, undefined) } },
        })),
    ),
    'clients.remove': queryRoute(
      dependencies,
      'clients.remove',
      contract['clients.remove'],
      async ({ segment }) =>
        mapped(await clients.remove(segment('id')), () => ({
          about: { clientId: segment('id') },
        })),
    ),
    'clients.add_secret': bodyRoute(
      dependencies,
      'clients.add_secret',
      contract['clients.add_secret'],
      async ({ segment, body }) => mapped(await clients.addSecret(segment('id'), body), withSecret),
    ),
    'clients.remove_secret': queryRoute(
      dependencies,
      'clients.remove_secret',
      contract['clients.remove_secret'],
      async ({ segment }) =>
        mapped(await clients.removeSecret(segment('id'), segment('secret')), (client) => ({
          about: { clientId: client.name, details: { secret: segment('secret') } },
        })),
    ),
  }
}

function clientBody(client: RegistryEntry, now: number): Readonly<Record<string, unknown>> {
  const secrets = liveSecrets(client.secrets, now).map(({ id, createdAt, expiresAt }) => ({
    id,
    createdAt,
    expiresAt,
  }))
  return { ...registrationBody(client), secrets }
}
