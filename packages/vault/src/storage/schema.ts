/** Every table as kysely sees it; docs/storage.md says what each row means. Migrations are the truth about columns. */
export interface Schema {
  readonly schema_version: SchemaVersionTable
  readonly tenants: TenantTable
  readonly key_versions: KeyVersionTable
  readonly signing_keys: SigningKeyTable
  readonly users: UserTable
  readonly identities: IdentityTable
  readonly accounts: AccountTable
  readonly attempts: AttemptTable
  readonly outbox: OutboxTable
  readonly replays: ReplayTable
  readonly records: RecordTable
  readonly consents: ConsentTable
  readonly registrations: RegistrationTable
  readonly audit_events: AuditEventTable
  readonly audit_heads: AuditHeadTable
}

interface SchemaVersionTable {
  singleton: number
  version: number
  min_compatible_version: number
}

interface TenantTable {
  tenant_id: string
  issuer: string
  created_at: number
}

interface KeyVersionTable {
  tenant_id: string
  version: number
  wrapped: Uint8Array
  key_service_id: string
  state: string
  created_at: number
}

interface SigningKeyTable {
  tenant_id: string
  kid: string
  algorithm: string
  position: number
  public_key: string
  private_key: Uint8Array
  created_at: number
}

interface UserTable {
  tenant_id: string
  id: string
  created_at: number
}

interface IdentityTable {
  tenant_id: string
  issuer: string
  subject: string
  user_id: string
  key_version: number
  mac: Uint8Array
  created_at: number
}

export interface AccountTable {
  tenant_id: string
  id: string
  user_id: string
  connection: string
  provider_account_id: string
  label: string
  state: string
  reconnect_reason: string | null
  scopes: string
  generation: number
  access_token: Uint8Array
  refresh_token: Uint8Array | null
  access_issued_at: number
  access_expires_at: number | null
  refresh_expires_at: number | null
  lease_id: string | null
  lease_until: number | null
  attempt_generation: number | null
  previous_attempt_generation: number | null
  attempt_started_at: number | null
  fail_count: number
  next_attempt_at: number | null
  last_error_code: string | null
  created_at: number
  updated_at: number
}

interface AttemptTable {
  tenant_id: string
  id: string
  state: string
  issuer: string
  subject: string
  user_id: string
  client_id: string
  connection: string
  request: string
  ticket_hash: Uint8Array
  auth_session_hash: Uint8Array
  provider_state_hash: Uint8Array | null
  browser_hash: Uint8Array | null
  provider_secrets: Uint8Array | null
  connect_code_hash: Uint8Array | null
  pending: Uint8Array | null
  provider_account_id: string | null
  expires_at: number
  created_at: number
}

interface OutboxTable {
  tenant_id: string
  id: string
  kind: string
  payload: Uint8Array
  attempts: number
  next_attempt_at: number
  lease_until: number | null
  created_at: number
}

interface ReplayTable {
  tenant_id: string
  use_hash: Uint8Array
  expires_at: number
}

interface RecordTable {
  tenant_id: string
  kind: string
  id_hash: Uint8Array
  payload: Uint8Array
  lookup_hash: Uint8Array | null
  grant_hash: Uint8Array | null
  user_id: string | null
  client_id: string | null
  consumed_at: number | null
  successor: Uint8Array | null
  expires_at: number
  created_at: number
}

interface ConsentTable {
  tenant_id: string
  user_id: string
  client_id: string
  connection: string
  account_id: string
  actor: string
  scopes: string
  key_version: number
  mac: Uint8Array
  created_at: number
  updated_at: number
}

interface RegistrationTable {
  tenant_id: string
  kind: string
  name: string
  settings: Uint8Array
  generation: number
  created_at: number
  updated_at: number
}

interface AuditEventTable {
  tenant_id: string
  writer_id: string
  sequence: number
  key_version: number
  previous: Uint8Array
  event: string
  mac: Uint8Array
  account_id: string | null
  occurred_at: number | null
}

interface AuditHeadTable {
  tenant_id: string
  writer_id: string
  sequence: number
  key_version: number
  hash: Uint8Array
  mac: Uint8Array
  tied_sequence: number
}
