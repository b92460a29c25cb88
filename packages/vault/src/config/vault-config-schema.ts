import * as z from 'zod'

import { SIGNATURE_ALGORITHMS } from '../authorization-server/verification-key.ts'
import { ADMIN_SCOPES } from '../domain/admin.ts'
import { hostAndPort } from '../provider-client/host-and-port.ts'
import { clientSettings, withOverScopes } from './client-settings.ts'
import { connectionSettings } from './connection-settings.ts'
import { choice, list, nameForPeople, object, scopes, text, whole, wrong } from './setting-kinds.ts'

const issuer = text('the vault\'s public address, such as "https://vault.example.com/"')

const storage = object(
  { sqlite: text('the path of the database file, such as "./data/vault.db"') },
  'an object such as { sqlite: "./data/vault.db" }',
)

const keys = object(
  {
    local: z.union([z.string().min(1), z.instanceof(Uint8Array)], {
      error: wrong('"file:PATH" or "env:NAME" of a 32-byte key ("valetkey init" makes one)'),
    }),
  },
  'an object such as { local: "file:./data/vault.key" }',
)

const connection = object({
  ...connectionSettings,
  clientSecret: text('"env:NAME" or "file:PATH" of the secret that the provider gave you'),
})

const api = object({
  identifier: text('the identifier of your API, such as "https://orders.example.com"').refine(
    isResource,
    { error: 'must be an absolute URI without a fragment (RFC 8707 section 2)' },
  ),
  name: nameForPeople.optional(),
  scopes: scopes(),
  tokenLifetimeSeconds: whole(60, 86_400).default(600),
  algorithm: choice(['RS256', 'ES256']).default('RS256'),
})

const secrets = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    list(text('"env:NAME" or "file:PATH"'), '"env:NAME", "file:PATH" or a list of two')
      .min(1, { error: 'must hold at least one secret' })
      .max(2, { error: 'must hold two secrets at most: the old one and the new one' }),
  )
  .optional()

const client = object({ ...clientSettings, secret: secrets }).transform(withOverScopes)

const admin = object(
  {
    clients: list(
      object({
        id: clientSettings.id,
        secret: secrets,
        jwks: clientSettings.jwks,
        scopes: list(choice(ADMIN_SCOPES), 'a list of scopes').min(1, {
          error: 'must hold at least one scope',
        }),
      }),
      'a list of admin clients',
    ).min(1, { error: 'must hold at least one client, or "admin" be left out' }),
    host: text('an address to listen on').optional(),
    port: whole(0, 65_535).optional(),
  },
  'an object such as { clients: [...] }',
)

const trustedIssuer = object({
  issuer: text("the issuer exactly as in its tokens' iss"),
  audience: z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      list(text('an accepted aud'), 'an accepted aud, or a list').min(1, {
        error: 'must hold at least one value, or be left out',
      }),
    )
    .optional(),
  jwksUri: text('the address of its keys, such as "https://idp.example.com/.well-known/jwks.json"'),
  algorithms: list(choice(SIGNATURE_ALGORITHMS), 'a list of algorithms')
    .min(1, { error: 'must hold at least one algorithm, or be left out' })
    .optional(),
  types: list(text('a typ header'), 'a list of typ headers')
    .min(1, { error: 'must hold at least one type, or be left out' })
    .optional(),
  maxAgeSeconds: whole(1, 31_536_000).optional(),
  clockSkewSeconds: whole(0, 60).optional(),
  idTokens: choice(['refuse', 'accept']).optional(),
})

/** {@link VaultConfig} with every default in place, and one form for each setting that has two. */
export const ParsedVaultConfig = object(
  {
    issuer: issuer.optional(),
    storage,
    keys,
    connections: list(connection, 'a list of connections').default([]),
    clients: list(client, 'a list of clients').default([]),
    apis: list(api, 'a list of APIs').default([]),
    login: object({
      connections: list(text('the name of a connection'), 'a list of connection names').optional(),
      sessionSeconds: whole(60, 31_536_000).default(86_400),
    }).prefault({}),
    trustedIssuers: list(trustedIssuer, 'a list of trusted issuers').default([]),
    proxy: object({ trustedHops: whole(0, 10) }).default({ trustedHops: 0 }),
    admin: admin.optional(),
    audit: object({ headFile: text('a path').optional() }).default({}),
    limits: object({
      failedAuthenticationsPerMinute: whole(1, 1_000_000).default(30),
      connectPagesPerMinute: whole(1, 1_000_000).default(120),
      pendingConnectsPerUser: whole(1, 1_000_000).default(20),
      accountCallsPerMinute: whole(1, 1_000_000).default(300),
    }).prefault({}),
    outbound: object({
      allowedHosts: list(
        text('a host with its port').refine(isHostAndPort, {
          error:
            'must be a host with its port, in lower case and without https://, such as "idp.internal:8443"',
        }),
        'a list such as ["idp.internal:8443"]',
      ).default([]),
    }).prefault({}),
    development: object({
      dangerouslyAllowLoopbackHttp: z.boolean({ error: wrong('true or false') }).default(false),
    }).prefault({}),
  },
  'the object that defineVault returns',
)
export type ParsedVaultConfig = z.infer<typeof ParsedVaultConfig>

function isHostAndPort(value: string): boolean {
  const url = URL.parse(`https://${value}`)
  return url !== null && !value.includes('*') && hostAndPort(url) === value
}

/** RFC 8707 section 2. */
function isResource(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value) && !value.includes('#')
}
