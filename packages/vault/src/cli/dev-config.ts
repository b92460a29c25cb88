import type { VaultConfig } from '../config/vault-config.ts'
import type { DevEmulator } from './dev-emulator.ts'
import type { DevFolder } from './dev-folder.ts'

/** Names that apps already use, where they differ from the provider's id. */
const CONNECTION_NAMES: Readonly<Record<string, string>> = { google: 'google-oauth2' }

/** Asked for with every connect. */
const BASE_SCOPES: Readonly<Record<string, readonly string[]>> = {
  google: ['openid', 'email'],
  github: ['read:user'],
  slack: ['users:read'],
}

const GOOGLE = 'https://www.googleapis.com/auth'

/** What a demo may try: more than any real client should have. */
const DEMO_SCOPES: Readonly<Record<string, readonly string[]>> = {
  google: [
    'openid',
    'email',
    'profile',
    `${GOOGLE}/calendar`,
    `${GOOGLE}/calendar.events`,
    `${GOOGLE}/calendar.events.readonly`,
    `${GOOGLE}/calendar.readonly`,
    `${GOOGLE}/contacts.readonly`,
    `${GOOGLE}/drive.file`,
    `${GOOGLE}/drive.readonly`,
    `${GOOGLE}/gmail.modify`,
    `${GOOGLE}/gmail.readonly`,
    `${GOOGLE}/gmail.send`,
    `${GOOGLE}/tasks`,
  ],
  github: ['gist', 'notifications', 'public_repo', 'read:org', 'read:user', 'repo', 'user:email'],
  slack: [
    'channels:history',
    'channels:read',
    'chat:write',
    'files:read',
    'im:read',
    'search:read',
    'users:read',
    'users:read.email',
  ],
}

/** Where apps under development listen to the end of a login or a connect flow; on loopback any port will do. */
const CALLBACK_PATHS = [
  '/api/auth/callback/valetkey',
  '/api/connect/callback',
  '/api/valet-key/callback',
  '/api/valet-key/complete',
  '/auth/callback',
  '/auth/connect/callback',
  '/callback',
  '/connect/callback',
  '/login/callback',
  '/valet-key/callback',
]

/** Where scripts of the public client come from, as usual bundlers and servers have it. */
const SCRIPT_PORTS = [3000, 4200, 5173, 8080]

/** What people may hold for an API of their own. */
const DEMO_API = {
  identifier: 'https://orders.example.com',
  name: 'Demo orders',
  scopes: ['orders:read', 'orders:write'],
}

/** The app on a user's own device: a public client has no secret, so its id is the same everywhere. */
const DEMO_PUBLIC_CLIENT_ID = 'demo-app'

/** What a configuration of `valetkey dev` is told by. */
export interface DevClients {
  readonly publicClientId: string
  /** Any port of these. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly apis: readonly string[]
  /** What both clients may ask for at them. */
  readonly apiScopes: readonly string[]
}

/** What the demo's clients are registered with. */
export const devClients: DevClients = {
  publicClientId: DEMO_PUBLIC_CLIENT_ID,
  redirectUris: onLoopback(CALLBACK_PATHS),
  postLogoutRedirectUris: onLoopback(['/']),
  apis: [DEMO_API.identifier],
  apiScopes: DEMO_API.scopes,
}

/** A vault whose providers and trusted issuer are the emulator's; people log in with the same providers. */
export function devConfig(folder: DevFolder, emulator: DevEmulator): VaultConfig {
  const named = emulator.providers.map((provider) => {
    const { id } = provider.definition
    return { ...provider, id, name: CONNECTION_NAMES[id] ?? id }
  })
  const shared = {
    redirectUris: devClients.redirectUris,
    postLogoutRedirectUris: devClients.postLogoutRedirectUris,
    apis: { [DEMO_API.identifier]: { scopes: DEMO_API.scopes } },
  }
  return {
    storage: { sqlite: folder.databaseFile },
    keys: { local: `file:${folder.keyFile}` },
    connections: named.map(({ id, name, definition, clientId, clientSecret }) => ({
      name,
      provider: definition,
      clientId,
      clientSecret,
      scopes: BASE_SCOPES[id] ?? [],
    })),
    trustedIssuers: [emulator.trustedIssuer],
    apis: [DEMO_API],
    clients: [
      {
        ...shared,
        id: folder.clientId,
        name: 'Demo agent',
        secret: folder.clientSecret,
        grants: [
          'authorization_code',
          'refresh_token',
          'device_code',
          'token_exchange',
          'auth0_token_exchange',
        ],
        connections: Object.fromEntries(
          named.map(({ id, name }) => [
            name,
            { scopes: DEMO_SCOPES[id] ?? [], forcedRefresh: 'allow' as const },
          ]),
        ),
        subjects: [emulator.trustedIssuer.issuer],
      },
      {
        ...shared,
        id: DEMO_PUBLIC_CLIENT_ID,
        name: 'Demo app',
        type: 'public',
        grants: ['authorization_code', 'refresh_token', 'device_code'],
        origins: SCRIPT_PORTS.flatMap((port) => [
          `http://localhost:${port}`,
          `http://127.0.0.1:${port}`,
        ]),
      },
    ],
    audit: { headFile: `${folder.path}/audit-heads.jsonl` },
    development: { dangerouslyAllowLoopbackHttp: true },
  }
}

function onLoopback(paths: readonly string[]): readonly string[] {
  return ['localhost', '127.0.0.1'].flatMap((host) => paths.map((path) => `http://${host}${path}`))
}
