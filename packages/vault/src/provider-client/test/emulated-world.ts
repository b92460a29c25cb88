import { startEmulator, type Emulator, type EmulatorOptions } from '@valetkey/emulator'
import { createHash, randomBytes } from 'node:crypto'

import type { Connection } from '../../domain/connection.ts'
import type { ProviderFailure } from '../../domain/provider-tokens.ts'
import type { Result } from '../../domain/result.ts'
import type { OutboundFetch } from '../../ports/outbound-fetch.ts'
import type { ProviderClient, RedeemedCode } from '../../ports/provider-client.ts'
import { behaviourOf } from '../behaviour-of.ts'
import { originsOf } from '../origins-of.ts'
import { createOutboundFetch } from '../outbound-fetch.ts'
import { createProviderClient } from '../provider-client.ts'
import type { ProviderConnection } from '../provider-connection.ts'

export const REDIRECT_URI = 'http://127.0.0.1:8787/callback/test'

/** Real providers on loopback, and the engine connected to them; time moves for both together. */
export interface World {
  readonly emulator: Emulator
  readonly client: ProviderClient
  readonly connection: (providerId: string) => Connection
  readonly advance: (seconds: number) => void
  readonly now: () => number
}

export async function startWorld(
  options: EmulatorOptions & {
    readonly secret?: string | undefined
    readonly outboundFetch?: OutboundFetch | undefined
  } = {},
): Promise<World> {
  const emulator = await startEmulator(options)
  let ahead = 0
  const now = (): number => Math.floor(Date.now() / 1000) + ahead
  const connections = new Map<string, ProviderConnection>(
    emulator.providerIds().map((id) => {
      const { clientId, clientSecret } = emulator.client(id)
      return [
        id,
        {
          definition: emulator.provider(id),
          clientId,
          clientSecret: options.secret ?? clientSecret,
        },
      ]
    }),
  )
  const client = createProviderClient({
    connections,
    outboundFetch: options.outboundFetch ?? createOutboundFetch({ allowLoopback: true }),
    runtime: { now, randomBytes: (length) => randomBytes(length), sleep: () => Promise.resolve() },
  })
  return {
    emulator,
    client,
    now,
    advance: (seconds) => {
      ahead += seconds
      emulator.advance(seconds)
    },
    connection: (id) => connectionOf(id, connections.get(id)),
  }
}

export function connectionOf(name: string, connection: ProviderConnection | undefined): Connection {
  if (connection === undefined) throw new Error(`no connection ${name}`)
  const { definition, clientId } = connection
  return {
    tenant: 'default',
    name,
    providerId: definition.id,
    displayName: definition.name,
    clientId,
    scopes: [],
    impliedScopes: definition.impliedScopes,
    behaviour: behaviourOf(definition),
    ...originsOf(definition),
  }
}

/** What a run of the flow keeps between its halves. */
export interface Attempt {
  readonly state: string
  readonly codeVerifier: string
  readonly nonce: string
}

export function anAttempt(): Attempt {
  const text = (): string => createHash('sha256').update(randomBytes(32)).digest('base64url')
  return { state: text(), codeVerifier: text(), nonce: text() }
}

/** Sends a browser to the provider; resolves to the query it comes back with. */
export async function authorize(
  world: Pick<World, 'client'>,
  connection: Connection,
  {
    attempt,
    scopes = [],
    parameters = {},
  }: {
    readonly attempt: Attempt
    readonly scopes?: readonly string[]
    readonly parameters?: Readonly<Record<string, string>>
  },
): Promise<URLSearchParams> {
  const url = await world.client.authorizationUrl({
    connection,
    redirectUri: REDIRECT_URI,
    scopes,
    parameters,
    ...attempt,
  })
  const response = await fetch(url, { redirect: 'manual' })
  const location = response.headers.get('location')
  if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`)
  return new URL(location).searchParams
}

/** The whole flow, as far as it goes. */
export async function connect(
  world: Pick<World, 'client'>,
  connection: Connection,
  scopes: readonly string[] = [],
): Promise<Result<RedeemedCode, ProviderFailure>> {
  const attempt = anAttempt()
  const callbackParameters = await authorize(world, connection, { attempt, scopes })
  return await redeem(world, connection, attempt, callbackParameters)
}

export function redeem(
  world: Pick<World, 'client'>,
  connection: Connection,
  { state, ...attempt }: Attempt,
  callbackParameters: URLSearchParams,
): Promise<Result<RedeemedCode, ProviderFailure>> {
  return world.client.redeemCode({
    connection,
    redirectUri: REDIRECT_URI,
    callbackParameters,
    expectedState: state,
    ...attempt,
  })
}

/** The value of a result that must be one. */
export function accepted<Value>(result: Result<Value, ProviderFailure>): Value {
  if (result.ok) return result.value
  throw new Error(`refused: ${JSON.stringify(result.refusal)}`)
}

/** One refresh that nobody calls off. */
export function refresh(
  world: Pick<World, 'client'>,
  connection: Connection,
  refreshToken: string | undefined,
  accountId = 'cac_1',
): ReturnType<ProviderClient['refresh']> {
  return world.client.refresh({
    connection,
    accountId,
    refreshToken: refreshToken ?? 'none',
    scopes: [],
    mayStillSend: () => true,
  })
}
