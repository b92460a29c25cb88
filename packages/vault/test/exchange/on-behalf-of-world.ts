import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'

import { ecKey, forge, signWith } from '../../src/authorization-server/forge-jwt.fixture.ts'
import type { Api } from '../../src/domain/api.ts'
import type { Client } from '../../src/domain/client.ts'
import {
  ACCESS_TOKEN,
  type Answer,
  EXCHANGE,
  type ExchangeWorld,
  ISSUER,
  SECRET,
  startExchangeWorld,
} from './exchange-world.ts'
import { localLogin } from './local-login.ts'

export const ORDERS = 'https://orders.example.com'
export const INVENTORY = 'https://inventory.example.com'
export const BILLING = 'urn:example:billing'
export const SCOPES = ['stock:read', 'stock:write', 'admin']
/** Of the client that signs for itself and its users. */
export const SIGNER_ISSUER = 'https://app.example.com/'

const signerKey = ecKey('signer')

/** What a token says to the API that it is for, which checks it as any API would (RFC 9068 section 4). */
export interface ApiClaims {
  readonly sub?: string | undefined
  readonly scope?: unknown
  readonly act?: unknown
  readonly exp?: number | undefined
  readonly [claim: string]: unknown
}

/** An exchange world with a chain of services: an agent calls Orders, which calls Inventory, which calls Billing. */
export interface OnBehalfOfWorld extends ExchangeWorld {
  /** An exchange by `client` for `audience`; every member can be replaced or, with `undefined`, left out. */
  readonly ask: (
    client: string,
    request: Readonly<Record<string, string | undefined>>,
    options?: { readonly json?: boolean },
  ) => Promise<Answer>
  /** The same, of which the token is wanted. */
  readonly obtain: (
    client: string,
    request: Readonly<Record<string, string | undefined>>,
  ) => Promise<string>
  readonly readAs: (audience: string, token: string) => Promise<ApiClaims>
  /** A token that the vault has signed itself, with any claims. */
  readonly signAsVault: (claims: Readonly<Record<string, unknown>>, typ?: string) => Promise<string>
  /** A JWT that the client `signer` signs, for a user or for itself. */
  readonly signAsClient: (claims: Readonly<Record<string, unknown>>) => string
  readonly loginToken: (claims: Readonly<Record<string, unknown>>) => Promise<string>
  readonly changeClient: (id: string, change: Partial<Client>) => void
}

export async function startOnBehalfOfWorld(): Promise<OnBehalfOfWorld> {
  const all = { scopes: SCOPES }
  const world = await startExchangeWorld({
    client: { apis: { [ORDERS]: all } },
  })
  const { agent, clients, apis, runtime, signingKeys } = world
  for (const identifier of [ORDERS, INVENTORY, BILLING]) apis.set(identifier, anApi(identifier))
  clients.set('orders-service', {
    ...agent,
    id: 'orders-service',
    api: ORDERS,
    apis: { [INVENTORY]: all },
    subjects: [],
  })
  clients.set('inventory-service', {
    ...agent,
    id: 'inventory-service',
    api: INVENTORY,
    apis: { [BILLING]: all, [ORDERS]: all },
    subjects: [],
  })
  clients.set('signer', {
    ...agent,
    id: 'signer',
    authentication: { method: 'private_key_jwt', keys: [{ ...signerKey.jwk }] },
    signedSubjects: { issuer: SIGNER_ISSUER, connections: ['google'] },
  })

  const signAsSigner = (typ: string, claims: Readonly<Record<string, unknown>>): string =>
    forge(
      { alg: 'ES256', kid: signerKey.kid, typ },
      {
        iss: 'signer',
        aud: ISSUER,
        iat: runtime.now(),
        jti: crypto.randomUUID(),
        ...claims,
      },
      signWith(signerKey, 'ES256'),
    )
  const authenticationOf = (client: string): Readonly<Record<string, string>> =>
    client === 'signer'
      ? {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: signAsSigner('JWT', { sub: 'signer', exp: runtime.now() + 60 }),
        }
      : { client_id: client, client_secret: SECRET }

  const ask: OnBehalfOfWorld['ask'] = async (client, request, options) =>
    await world.node.post(
      {
        grant_type: EXCHANGE,
        ...authenticationOf(client),
        subject_token_type: ACCESS_TOKEN,
        ...request,
      },
      options,
    )
  return {
    ...world,
    ask,
    obtain: async (client, request) => {
      const { body } = await ask(client, request)
      if (typeof body['access_token'] !== 'string') throw new Error(JSON.stringify(body))
      return body['access_token']
    },
    readAs: async (audience, token) => {
      const { keys } = await signingKeys.jwks()
      const set = createLocalJWKSet({ keys: keys.map((key) => ({ kty: '', ...key })) })
      const { payload } = await jwtVerify(token, set, {
        issuer: ISSUER,
        audience,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
        currentDate: new Date(runtime.now() * 1_000),
      })
      return payload
    },
    signAsVault: async (claims, typ = 'at+jwt') => {
      const key = await signingKeys.current('ES256')
      return await new SignJWT({
        iss: ISSUER,
        sub: 'usr_alice',
        iat: runtime.now(),
        exp: runtime.now() + 600,
        jti: crypto.randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ })
        .sign(key.privateKey)
    },
    signAsClient: (claims) => signAsSigner('token-vault-req+jwt', claims),
    loginToken: async (claims) => await localLogin.issue('alice', runtime.now(), claims),
    changeClient: (id, change) => {
      const client = clients.get(id)
      if (client !== undefined) clients.set(id, { ...client, ...change })
    },
  }
}

export function anApi(identifier: string, overrides: Partial<Api> = {}): Api {
  return {
    tenant: 'default',
    identifier,
    name: identifier,
    scopes: SCOPES,
    tokenLifetimeSeconds: 600,
    algorithm: 'ES256',
    ...overrides,
  }
}
