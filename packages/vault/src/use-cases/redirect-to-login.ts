import { base64url } from '../domain/base64url.ts'
import type { Client } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import { LOGIN_SECONDS, type LoginGoal } from '../domain/login.ts'
import { randomText } from '../domain/random-text.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { BrowserRefusal, ConnectRedirect } from './approve-connect.ts'
import type { LoginAttempts } from './login-attempts.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface RedirectToLoginDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly providerClient: ProviderClient
  readonly loginAttempts: LoginAttempts
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}

/** Begins a login at a provider. PKCE, state and nonce are the vault's own, made for this once. */
export async function redirectToLogin(
  dependencies: RedirectToLoginDependencies,
  {
    goal,
    client,
    connection,
    scopes,
    parameters,
    requestId,
  }: {
    readonly goal: LoginGoal
    readonly client: Client
    readonly connection: Connection
    readonly scopes: readonly string[]
    /** For the provider to read. */
    readonly parameters: Readonly<Record<string, string>>
    readonly requestId: string
  },
): Promise<Result<ConnectRedirect, BrowserRefusal>> {
  const { tenant, issuer, providerClient, loginAttempts, hasher, runtime } = dependencies
  const state = `login-${randomText(runtime.randomBytes, 32)}`
  const attemptId = `att_${randomText(runtime.randomBytes, 22)}`
  const secret = randomText(runtime.randomBytes, 32)
  const codeVerifier = randomText(runtime.randomBytes, 64)
  const nonce = randomText(runtime.randomBytes, 32)
  const location = await providerClient.authorizationUrl({
    connection,
    redirectUri: callbackUri(issuer, connection.name),
    scopes,
    state,
    codeVerifier,
    nonce,
    parameters,
  })
  await loginAttempts.keep(state, {
    id: attemptId,
    goal,
    clientId: client.id,
    connection: connection.name,
    scopes,
    codeVerifier,
    nonce,
    browserHash: base64url(hasher.hash(secret)),
    expiresAt: runtime.now() + LOGIN_SECONDS,
  })
  const recorded = await recordAudit(dependencies, {
    tenant,
    at: runtime.now(),
    type: 'login.redirected',
    outcome: 'success',
    clientId: client.id,
    ...(goal.kind === 'identity' && { userId: goal.userId }),
    connection: connection.name,
    scopes,
    requestId,
  })
  return recorded
    ? accept({ location: location.href, binding: { attemptId, secret } })
    : refuse({ reason: 'vault_unavailable' })
}
