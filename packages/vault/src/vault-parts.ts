import type { AccessTokens, PublicKeys } from './ports/access-tokens.ts'
import type { AccountStore } from './ports/account-store.ts'
import type { ApiStore } from './ports/api-store.ts'
import type { AttemptStore } from './ports/attempt-store.ts'
import type { AuditLog, AuditTrail } from './ports/audit-log.ts'
import type { AuthorizationServer } from './ports/authorization-server.ts'
import type { ClientAssertionVerifier } from './ports/client-assertion-verifier.ts'
import type { ClientStore } from './ports/client-store.ts'
import type { ConnectionStore } from './ports/connection-store.ts'
import type { ConsentStore } from './ports/consent-store.ts'
import type { DpopVerifier } from './ports/dpop-verifier.ts'
import type { GrantStatus } from './ports/grant-status.ts'
import type { Logger } from './ports/logger.ts'
import type { LoginTokens } from './ports/login-tokens.ts'
import type { OutboxStore } from './ports/outbox-store.ts'
import type { ProfileStore } from './ports/profile-store.ts'
import type { ProviderClient } from './ports/provider-client.ts'
import type { RecordStore } from './ports/record-store.ts'
import type { Runtime } from './ports/runtime.ts'
import type { Sealer } from './ports/sealer.ts'
import type { SecretHasher } from './ports/secret-hasher.ts'
import type { SubjectVerifier } from './ports/subject-verifier.ts'
import type { TokenIntrospection } from './ports/token-introspection.ts'
import type { UserStore } from './ports/user-store.ts'

/** The implementations of every port, as the composition root joined them. */
export interface VaultParts {
  readonly tenant: string
  readonly issuer: string
  readonly runtime: Runtime
  readonly logger: Logger
  readonly audit: AuditLog
  readonly auditTrail: AuditTrail
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly accounts: AccountStore
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly providerClient: ProviderClient
  readonly subjectVerifier: SubjectVerifier
  readonly assertions: ClientAssertionVerifier
  readonly dpop: DpopVerifier
  readonly accessTokens: AccessTokens
  readonly publicKeys: PublicKeys
  readonly apis: ApiStore
  readonly records: RecordStore
  readonly profiles: ProfileStore
  readonly authorizationServer: AuthorizationServer
  readonly loginTokens: LoginTokens
  readonly grants: GrantStatus
  readonly tokenIntrospection: TokenIntrospection
  /** Tells the loop that delivers the outbox not to wait. */
  readonly outboxChanged: () => void
}
