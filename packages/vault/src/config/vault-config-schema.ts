import type { ProviderDefinition } from '@valetkey/providers'
import * as z from 'zod'

import { SIGNATURE_ALGORITHMS } from '../authorization-server/verification-key.ts'
import { ADMIN_SCOPES } from '../domain/admin.ts'
import { GRANT_TYPES } from '../domain/client.ts'
import { CONNECTION_NAME } from '../domain/connection.ts'
import { isCleanLabel } from '../domain/label.ts'
import { DEFAULT_MY_ACCOUNT_SCOPES, MY_ACCOUNT_SCOPES } from '../domain/my-account-scopes.ts'
import { parseScope } from '../domain/scope.ts'
import { hostAndPort } from '../provider-client/host-and-port.ts'
import { isProviderDefinition } from './is-provider-definition.ts'
import { suggest } from './suggest.ts'

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

const providerDefinition = z
  .custom<ProviderDefinition>(isProviderDefinition, {
    error: wrong(
      'an id of the catalog such as "google", or what customOAuth2 or customOidc return',
    ),
  })
  .meta({ type: 'object', description: 'What customOAuth2 or customOidc of the catalog return.' })

/** Shown on pages where a person decides: it must not pretend to be something else. */
const nameForPeople = text('a name for people').refine(isCleanLabel, {
  error: 'must be one line of at most 200 characters, without characters that hide or reorder text',
})

/** What a connection is, apart from its secret. */
export const connectionSettings = {
  name: text('a name such as "google-oauth2"').regex(CONNECTION_NAME, {
    error: 'must be lower-case letters, digits and hyphens, beginning with a letter or digit',
  }),
  provider: z.union([z.string(), providerDefinition], {
    error: wrong(
      'an id of the catalog such as "google", or what customOAuth2 or customOidc return',
    ),
  }),
  displayName: nameForPeople.optional(),
  clientId: text('the client id that the provider gave you'),
  scopes: scopes().default([]),
} as const

const connection = object({
  ...connectionSettings,
  clientSecret: text('"env:NAME" or "file:PATH" of the secret that the provider gave you'),
})

const clientConnection = object(
  {
    scopes: scopes(),
    overScope: choice(['allow', 'refuse']).optional(),
    forcedRefresh: choice(['allow', 'refuse']).default('refuse'),
  },
  'an object such as { scopes: ["openid"] }',
)

type ClientConnection = z.infer<typeof clientConnection>

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

const refreshTokens = object({
  rotation: choice(['always', 'never']).optional(),
  graceSeconds: whole(0, 300).default(30),
  idleSeconds: whole(60, 31_536_000).default(1_209_600),
  absoluteSeconds: whole(60, 315_360_000).default(31_536_000),
})

const secrets = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    list(text('"env:NAME" or "file:PATH"'), '"env:NAME", "file:PATH" or a list of two')
      .min(1, { error: 'must hold at least one secret' })
      .max(2, { error: 'must hold two secrets at most: the old one and the new one' }),
  )
  .optional()

const jwks = object(
  {
    keys: list(
      z.record(z.string(), z.unknown(), { error: wrong('a public JWK') }),
      'a list of public JWKs',
    ).min(1, { error: 'must hold at least one key' }),
  },
  'a JWK set, { keys: [...] }',
).optional()

/** R7: a client of somebody else gets no token that can do more than it may have. */
const DEFAULT_OVER_SCOPE = { implied: 'allow', ask: 'refuse' } as const

/** What a client is, apart from its secrets. */
export const clientSettings = {
  id: text('an id such as "my-agent"').regex(/^[\x21-\x7e]{1,128}$/, {
    error: 'must be 1 to 128 visible ASCII characters without spaces',
  }),
  name: nameForPeople.optional(),
  type: choice(['confidential', 'public']).default('confidential'),
  jwks,
  redirectUris: list(text('an absolute URL'), 'a list of absolute URLs').default([]),
  postLogoutRedirectUris: list(text('an absolute URL'), 'a list of absolute URLs').default([]),
  origins: list(
    text('an origin').refine(isOrigin, {
      error: 'must be an origin without a slash at the end, such as "https://app.example.com"',
    }),
    'a list of origins',
  ).default([]),
  grants: list(choice(GRANT_TYPES), 'a list of grants')
    .min(1, { error: 'must hold at least one grant, or be left out' })
    .optional(),
  connections: z
    .record(z.string(), clientConnection, {
      error: wrong('an object from connection names to { scopes }'),
    })
    .default({}),
  apis: z
    .record(z.string(), object({ scopes: scopes() }, 'an object such as { scopes: ["read"] }'), {
      error: wrong('an object from API identifiers to { scopes }'),
    })
    .default({}),
  api: text('the identifier of the API that it is, as in apis').optional(),
  signedSubjects: object({
    issuer: text('the issuer of the names, such as "https://app.example.com/"'),
    connections: list(text('the name of a connection'), 'a list of connection names'),
  }).optional(),
  actors: list(text('the id of a client'), 'a list of client ids').default([]),
  impersonation: choice(['refuse', 'allow']).default('refuse'),
  subjects: list(
    z.preprocess(
      (value) => (typeof value === 'string' ? { issuer: value } : value),
      object(
        {
          issuer: text('the issuer, as in trustedIssuers'),
          azp: list(text('a client id at the issuer'), 'a list of client ids at the issuer')
            .min(1, { error: 'must hold at least one value, or be left out' })
            .optional(),
        },
        'an issuer, or { issuer, azp }',
      ),
    ),
    'a list of issuers',
  ).default([]),
  consent: choice(['implied', 'ask']).default('implied'),
  myAccountScopes: list(choice(MY_ACCOUNT_SCOPES), 'a list of scopes').default([
    ...DEFAULT_MY_ACCOUNT_SCOPES,
  ]),
  refreshTokens: refreshTokens.prefault({}),
  idTokenAlgorithm: choice(['RS256', 'ES256']).default('RS256'),
  dpop: choice(['optional', 'required']).default('optional'),
  backchannelLogoutUri: text('an absolute URL').optional(),
} as const

const client = object({ ...clientSettings, secret: secrets }).transform(withOverScopes)

const admin = object(
  {
    clients: list(
      object({
        id: clientSettings.id,
        secret: secrets,
        jwks,
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

/** What a client's policies say of tokens that can do more, where they say nothing: it depends on who the client is. */
export function withOverScopes<
  Settings extends {
    readonly consent: 'implied' | 'ask'
    readonly connections: Readonly<Record<string, ClientConnection>>
  },
>({
  connections,
  ...settings
}: Settings): Omit<Settings, 'connections'> & {
  connections: Record<string, ClientConnection & { overScope: 'allow' | 'refuse' }>
} {
  return {
    ...settings,
    connections: Object.fromEntries(
      Object.entries(connections).map(([name, policy]) => [
        name,
        { ...policy, overScope: policy.overScope ?? DEFAULT_OVER_SCOPE[settings.consent] },
      ]),
    ),
  }
}

function isHostAndPort(value: string): boolean {
  const url = URL.parse(`https://${value}`)
  return url !== null && !value.includes('*') && hostAndPort(url) === value
}

/** RFC 8707 section 2. */
function isResource(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value) && !value.includes('#')
}

function isOrigin(value: string): boolean {
  const origin = URL.parse(value)?.origin
  return origin === value && origin !== 'null'
}

/** What a value of the wrong kind is told: its kind (never its value), and what belongs there. */
function wrong(belongs: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) =>
    input === undefined
      ? `is missing. Give ${belongs}`
      : `must not be ${kindOf(input)}. Give ${belongs}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object of this form'
  return typeof value === 'string' ? 'this text' : `a ${typeof value}`
}

function text(belongs: string): z.ZodString {
  return z.string({ error: wrong(belongs) }).min(1, { error: wrong(belongs) })
}

function whole(minimum: number, maximum: number): z.ZodNumber {
  const error = `must be a whole number from ${minimum} to ${maximum}`
  return z.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error })
}

function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodType<Values[number], Values[number]> {
  const error = `must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}`
  return z
    .custom<Values[number]>((value) => typeof value === 'string' && values.includes(value), {
      error,
    })
    .meta({ type: 'string', enum: [...values] })
}

function list<Element extends z.ZodType>(element: Element, belongs: string): z.ZodArray<Element> {
  return z.array(element, { error: wrong(belongs) })
}

function scopes(): z.ZodArray<z.ZodString> {
  return list(
    text('a scope').refine((scope) => parseScope(scope)?.length === 1, {
      error: 'must be one scope, without spaces, quotes or backslashes',
    }),
    'a list of scopes, such as ["openid"]',
  )
}

/** A closed object: a mistyped setting must not be taken for its default. */
export function object<const Shape extends z.ZodRawShape>(
  shape: Shape,
  belongs = 'an object',
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return wrong(belongs)(issue)
      return issue.keys
        .map((key) => {
          const near = suggest(key, known)
          const mend = near === undefined ? `Known: ${known.join(', ')}` : `Did you mean "${near}"?`
          return `has no setting ${JSON.stringify(key)}. ${mend}`
        })
        .join('; ')
    },
  })
}
