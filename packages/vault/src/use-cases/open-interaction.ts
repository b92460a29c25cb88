import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection, ScopeTexts } from '../domain/connection.ts'
import { loginScopes } from '../domain/login.ts'
import type { ApiStore } from '../ports/api-store.ts'
import type { AuthorizationServer, Interaction } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'

/** What a person has to decide before a login goes on, and what they must know for it. All texts are to be escaped. */
export type InteractionView =
  | {
      readonly kind: 'login'
      readonly clientName: string
      readonly connections: readonly LoginChoice[]
    }
  /** The client asked for this one: nobody has to choose. */
  | { readonly kind: 'straight_to'; readonly connection: string }
  | {
      readonly kind: 'consent'
      readonly clientName: string
      readonly scopes: readonly string[]
      readonly apis: readonly { readonly name: string; readonly scopes: readonly string[] }[]
    }

export interface LoginChoice {
  readonly name: string
  readonly displayName: string
  /** What the client gets of the person's account there, where choosing it allows that (R8). Absent: nothing to allow. */
  readonly allows?:
    | {
        readonly scopes: readonly string[]
        readonly scopeTexts?: ScopeTexts | undefined
      }
    | undefined
}

export interface InteractionRequest {
  readonly id: string
  /** The `Cookie` header: only the browser that began may go on. */
  readonly cookies: string | undefined
}

export type OpenInteraction = (request: InteractionRequest) => Promise<InteractionView | undefined>

export interface OpenInteractionDependencies {
  readonly tenant: string
  readonly authorizationServer: AuthorizationServer
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly apis: ApiStore
  /** Names of the connections that people may log in with. */
  readonly loginConnections?: readonly string[] | undefined
}

/** Looks at an interaction, and changes nothing. */
export function openInteraction(dependencies: OpenInteractionDependencies): OpenInteraction {
  return async (request) => {
    const open = await findInteraction(dependencies, request)
    if (open === undefined) return undefined
    const { interaction, client } = open
    if (interaction.kind === 'consent') {
      return { kind: 'consent', clientName: client.name, ...(await missingOf(dependencies, open)) }
    }
    const connections = await loginConnectionsOf(dependencies)
    const asked = connections.find(({ name }) => name === interaction.parameters['connection'])
    const choices = (asked === undefined ? connections : [asked]).map((connection) =>
      toChoice(open, connection),
    )
    const [only] = choices
    // A page of the vault's has to name the scopes before a login can count as consent to them.
    return asked !== undefined && only?.allows === undefined
      ? { kind: 'straight_to', connection: asked.name }
      : { kind: 'login', clientName: client.name, connections: choices }
  }
}

function toChoice({ interaction, client }: OpenedInteraction, connection: Connection): LoginChoice {
  const { name, displayName, scopeTexts } = connection
  const isAsked = client.consent === 'ask' && connectionPolicyOf(client, name) !== undefined
  const scopes = scopesOfLogin(client, connection, interaction.parameters)
  return { name, displayName, ...(isAsked && { allows: { scopes, scopeTexts } }) }
}

/** What a login with the connection asks its provider for, for this request. */
export function scopesOfLogin(
  client: Client,
  connection: Connection,
  parameters: Readonly<Record<string, string>>,
): readonly string[] {
  const asked = parameters['connection_scope']?.split(/[ ,]+/).filter((scope) => scope !== '')
  return loginScopes(client, connection, asked ?? [])
}

export interface OpenedInteraction {
  readonly interaction: Interaction
  readonly client: Client
}

export async function findInteraction(
  {
    tenant,
    authorizationServer,
    clients,
  }: Pick<OpenInteractionDependencies, 'tenant' | 'authorizationServer' | 'clients'>,
  request: InteractionRequest,
): Promise<OpenedInteraction | undefined> {
  const interaction = await authorizationServer.findInteraction(request)
  const client = interaction && (await clients.find({ tenant, clientId: interaction.clientId }))
  return interaction && client && { interaction, client }
}

/** The connections that people may log in with, in the order of the configuration. */
export async function loginConnectionsOf({
  tenant,
  connections,
  loginConnections,
}: Pick<OpenInteractionDependencies, 'tenant' | 'connections' | 'loginConnections'>): Promise<
  readonly Connection[]
> {
  const all = await connections.list({ tenant })
  return all.filter(
    ({ name, login }) => login !== undefined && (loginConnections?.includes(name) ?? true),
  )
}

/** The login systems that those connections are of. */
export async function loginIssuersOf(
  dependencies: Parameters<typeof loginConnectionsOf>[0],
): Promise<readonly string[]> {
  const usable = await loginConnectionsOf(dependencies)
  return usable.flatMap(({ login }) => (login === undefined ? [] : [login.issuer]))
}

async function missingOf(
  { tenant, apis }: OpenInteractionDependencies,
  { interaction: { missing } }: OpenedInteraction,
): Promise<{
  readonly scopes: readonly string[]
  readonly apis: readonly { readonly name: string; readonly scopes: readonly string[] }[]
}> {
  const named = await Promise.all(
    missing.apis.map(async ({ identifier, scopes }) => ({
      name: (await apis.find({ tenant, identifier }))?.name ?? identifier,
      scopes,
    })),
  )
  return { scopes: missing.scopes, apis: named }
}
