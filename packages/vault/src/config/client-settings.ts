import * as z from 'zod'

import { GRANT_TYPES } from '../domain/client.ts'
import { DEFAULT_MY_ACCOUNT_SCOPES, MY_ACCOUNT_SCOPES } from '../domain/my-account-scopes.ts'
import { choice, list, nameForPeople, object, scopes, text, whole, wrong } from './setting-kinds.ts'

/** R7: a client of somebody else gets no token that can do more than it may have. */
const DEFAULT_OVER_SCOPE = { implied: 'allow', ask: 'refuse' } as const

const jwks = object(
  {
    keys: list(
      z.record(z.string(), z.unknown(), { error: wrong('a public JWK') }),
      'a list of public JWKs',
    ).min(1, { error: 'must hold at least one key' }),
  },
  'a JWK set, { keys: [...] }',
).optional()

const clientConnection = object(
  {
    scopes: scopes(),
    overScope: choice(['allow', 'refuse']).optional(),
    forcedRefresh: choice(['allow', 'refuse']).default('refuse'),
  },
  'an object such as { scopes: ["openid"] }',
)

type ClientConnection = z.infer<typeof clientConnection>

const refreshTokens = object({
  rotation: choice(['always', 'never']).optional(),
  graceSeconds: whole(0, 300).default(30),
  idleSeconds: whole(60, 31_536_000).default(1_209_600),
  absoluteSeconds: whole(60, 315_360_000).default(31_536_000),
})

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

function isOrigin(value: string): boolean {
  const origin = URL.parse(value)?.origin
  return origin === value && origin !== 'null'
}
