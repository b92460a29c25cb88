import { base64url } from '../domain/base64url.ts'
import { LOGIN_SECONDS, loginScopes } from '../domain/login.ts'
import { randomText } from '../domain/random-text.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { BrowserRefusal, ConnectRedirect } from './approve-connect.ts'
import type { LoginAttempts } from './login-attempts.ts'
import {
  findInteraction,
  type InteractionRequest,
  loginConnectionsOf,
  type OpenInteractionDependencies,
} from './open-interaction.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface StartLoginRequest extends InteractionRequest {
  /** The connection's name, as chosen or asked for. Attacker-controlled. */
  readonly connection: string
  readonly requestId: string
}

export type StartLogin = (
  request: StartLoginRequest,
) => Promise<Result<ConnectRedirect, BrowserRefusal>>

export interface StartLoginDependencies
  extends RecordAuditDependencies, Omit<OpenInteractionDependencies, 'apis'> {
  readonly issuer: string
  readonly providerClient: ProviderClient
  readonly loginAttempts: LoginAttempts
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}

/** Parameters of the authorization request that are the provider's to read (wire: login through a connection). */
const PASSED_ON: readonly string[] = [
  'login_hint',
  'prompt',
  'max_age',
  'acr_values',
  'access_type',
  'ui_locales',
]
/** Of `prompt`: `consent` asks the vault, and `none` never gets here. */
const PASSED_PROMPTS: readonly string[] = ['login', 'select_account']

/** Sends the browser to a provider to log in there. PKCE, state and nonce are the vault's own, made for this once. */
export function startLogin(dependencies: StartLoginDependencies): StartLogin {
  const { tenant, issuer, providerClient, loginAttempts, hasher, runtime } = dependencies
  return async (request) => {
    const open = await findInteraction(dependencies, request)
    const connection = (await loginConnectionsOf(dependencies)).find(
      ({ name }) => name === request.connection,
    )
    if (open === undefined || connection === undefined || open.interaction.kind !== 'login') {
      return refuse({ reason: 'link_invalid' })
    }
    const { interaction, client } = open
    const { parameters } = interaction
    const asked = parameters['connection_scope']?.split(/[ ,]+/).filter((scope) => scope !== '')
    const scopes = loginScopes(client, connection, asked ?? [])

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
      parameters: passedOn(parameters),
    })
    await loginAttempts.keep(state, {
      id: attemptId,
      interactionId: interaction.id,
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
      connection: connection.name,
      scopes,
      requestId: request.requestId,
    })
    return recorded
      ? accept({ location: location.href, binding: { attemptId, secret } })
      : refuse({ reason: 'vault_unavailable' })
  }
}

function passedOn(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => {
      if (!PASSED_ON.includes(name)) return []
      if (name !== 'prompt') return [[name, value]]
      const prompts = value.split(' ').filter((prompt) => PASSED_PROMPTS.includes(prompt))
      return prompts.length === 0 ? [] : [[name, prompts.join(' ')]]
    }),
  )
}
