import { refuse, type Result } from '../domain/result.ts'
import type { BrowserRefusal, ConnectRedirect } from './approve-connect.ts'
import {
  findInteraction,
  type InteractionRequest,
  loginConnectionsOf,
  type OpenInteractionDependencies,
  scopesOfLogin,
} from './open-interaction.ts'
import { redirectToLogin, type RedirectToLoginDependencies } from './redirect-to-login.ts'

export interface StartLoginRequest extends InteractionRequest {
  /** The connection's name, as chosen or asked for. Attacker-controlled. */
  readonly connection: string
  readonly requestId: string
}

export type StartLogin = (
  request: StartLoginRequest,
) => Promise<Result<ConnectRedirect, BrowserRefusal>>

export interface StartLoginDependencies
  extends RedirectToLoginDependencies, Omit<OpenInteractionDependencies, 'apis'> {}

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

/** Sends the browser to a provider to log in there, so that an authorization request can go on. */
export function startLogin(dependencies: StartLoginDependencies): StartLogin {
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
    return await redirectToLogin(dependencies, {
      goal: { kind: 'interaction', id: interaction.id },
      client,
      connection,
      scopes: scopesOfLogin(client, connection, parameters),
      parameters: passedOn(parameters),
      requestId: request.requestId,
    })
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
