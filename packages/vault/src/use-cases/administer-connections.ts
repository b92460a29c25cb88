import type { AdminRefusal } from '../domain/admin.ts'
import { isClean, type Verdict } from '../domain/diagnosis.ts'
import type { RegisteredSettings, RegistryEntry } from '../domain/registration.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { DeploymentProbe } from '../ports/deployment-probe.ts'
import type { Registry } from '../ports/registry.ts'
import type { Runtime } from '../ports/runtime.ts'
import { withChanges } from './with-changes.ts'

export interface ConnectionTest {
  readonly works: boolean
  /** To be registered at the provider. */
  readonly redirectUri: string
  readonly checks: readonly Verdict[]
}

/** What an operator does with connections. Their secrets go in and never come out. */
export interface AdministerConnections {
  find(name: string): Promise<Result<RegistryEntry, AdminRefusal>>
  list(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly RegistryEntry[]>
  register(
    settings: RegisteredSettings,
    providerSecret: string,
  ): Promise<Result<RegistryEntry, AdminRefusal>>
  /** Members that are `null` go back to their default. */
  change(
    name: string,
    changes: RegisteredSettings,
    providerSecret: string | undefined,
  ): Promise<Result<RegistryEntry, AdminRefusal>>
  remove(name: string): Promise<Result<'removed', AdminRefusal>>
  test(name: string): Promise<Result<ConnectionTest, AdminRefusal>>
}

export interface AdministerConnectionsDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly registry: Registry
  readonly connections: ConnectionStore
  readonly probe: DeploymentProbe
  readonly runtime: Pick<Runtime, 'now'>
}

export function administerConnections({
  tenant,
  issuer,
  registry,
  connections,
  probe,
  runtime,
}: AdministerConnectionsDependencies): AdministerConnections {
  async function find(name: string): Promise<Result<RegistryEntry, AdminRefusal>> {
    const connection = await registry.find({ kind: 'connection', name })
    return connection === undefined
      ? refuse({ reason: 'not_found', what: 'connection' })
      : accept(connection)
  }

  return {
    find,

    list: (page) => registry.list({ kind: 'connection', ...page }),

    register: (settings, providerSecret) =>
      registry.register({
        kind: 'connection',
        name: String(settings['name']),
        settings,
        secrets: [],
        providerSecret,
        now: runtime.now(),
      }),

    async change(name, changes, providerSecret) {
      const found = await find(name)
      if (!found.ok) return found
      return await registry.change({
        expected: found.value,
        settings: withChanges(found.value.settings, changes),
        secrets: [],
        providerSecret,
        now: runtime.now(),
      })
    },

    async remove(name) {
      const found = await find(name)
      return found.ok ? await registry.remove(found.value) : found
    },

    async test(name) {
      const connection = await connections.find({ tenant, name })
      if (connection === undefined) return refuse({ reason: 'not_found', what: 'connection' })
      const redirectUri = callbackUri(issuer, name)
      const checks = await probe.connection(connection, redirectUri)
      return accept({ works: isClean(checks), redirectUri, checks })
    },
  }
}
