import packageJson from '../package.json' with { type: 'json' }
import { createClientAssertionVerifier } from './authorization-server/create-client-assertion-verifier.ts'
import type { ResolvedSecrets } from './config/resolve-secrets.ts'
import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import type { AdminClient } from './domain/admin.ts'
import { adminAudience } from './domain/vault-urls.ts'
import { createFailureLimits } from './failure-limits.ts'
import { adminApiRoutes } from './http/admin/admin-api-routes.ts'
import { adminGate } from './http/admin/admin-gate.ts'
import { openApiRoute } from './http/admin/openapi.ts'
import type { Route } from './http/router.ts'
import type { AuditReader } from './ports/audit-reader.ts'
import type { DeploymentProbe } from './ports/deployment-probe.ts'
import type { Registry } from './ports/registry.ts'
import type { ReplayStore } from './ports/replay-store.ts'
import type { SecretHasher } from './ports/secret-hasher.ts'
import type { UserDirectory } from './ports/user-directory.ts'
import { administerClients } from './use-cases/administer-clients.ts'
import { administerConnections } from './use-cases/administer-connections.ts'
import { administerUsers } from './use-cases/administer-users.ts'
import { authenticateClient } from './use-cases/authenticate-client.ts'
import { diagnoseExchange } from './use-cases/diagnose-exchange.ts'
import type { VaultParts } from './vault-parts.ts'

export interface AdminRoutesOptions {
  readonly parts: VaultParts
  readonly config: Pick<ParsedVaultConfig, 'admin' | 'limits'>
  readonly secrets: Pick<ResolvedSecrets, 'adminClients'>
  readonly registry: Registry
  readonly replays: ReplayStore
  readonly userDirectory: UserDirectory
  readonly auditReader: AuditReader
  readonly probe: DeploymentProbe
}

/** Every path of the admin API, each with its use case; none where nobody may administer (RV-112). */
export function adminRoutes({
  parts,
  config: { admin, limits },
  secrets,
  replays,
  ...options
}: AdminRoutesOptions): readonly Route[] {
  if (admin === undefined) return []
  const { issuer, hasher } = parts
  const shared = { ...parts, ...options }
  const authenticate = authenticateClient<AdminClient>({
    ...parts,
    clients: createAdminClients(admin, secrets, hasher),
    assertions: createClientAssertionVerifier({
      ...parts,
      // Another audience than that of apps: neither's assertion is of use to the other.
      issuer: adminAudience(issuer),
      replays: {
        remember: (use) => replays.remember({ ...use, scope: `admin-${use.scope}` }),
      },
    }),
    ...createFailureLimits(limits),
  })
  return [
    ...adminApiRoutes({
      ...shared,
      gate: adminGate({ ...parts, authenticate }),
      connections: administerConnections(shared),
      clients: administerClients(shared),
      users: administerUsers(shared),
      diagnose: diagnoseExchange(shared),
    }),
    openApiRoute({
      // On a listener of its own its address is the operator's to know.
      serverUrl: admin.port === undefined ? issuer.replace(/\/$/, '') : '',
      version: packageJson.version,
    }),
  ]
}

function createAdminClients(
  { clients }: NonNullable<ParsedVaultConfig['admin']>,
  { adminClients }: Pick<ResolvedSecrets, 'adminClients'>,
  hasher: SecretHasher,
): { find(query: { readonly clientId: string }): Promise<AdminClient | undefined> } {
  const known = new Map(
    clients.map(({ id, jwks, scopes }): [string, AdminClient] => {
      const secretHashes = (adminClients.get(id) ?? []).map((secret) => hasher.hash(secret))
      const authentication: AdminClient['authentication'] =
        jwks === undefined
          ? { method: 'client_secret', secretHashes }
          : { method: 'private_key_jwt', keys: jwks.keys }
      return [id, { id, authentication, scopes }]
    }),
  )
  return { find: async ({ clientId }) => known.get(clientId) }
}
