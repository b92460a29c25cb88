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

/** Where apps under development listen to the end of a connect flow; on loopback any port will do. */
const CALLBACK_PATHS = [
  '/api/connect/callback',
  '/api/valet-key/callback',
  '/auth/connect/callback',
  '/callback',
  '/connect/callback',
  '/valet-key/callback',
]

/** A vault whose providers and login system are the emulator's. */
export function devConfig(folder: DevFolder, emulator: DevEmulator): VaultConfig {
  const named = emulator.providers.map((provider) => {
    const { id } = provider.definition
    return { ...provider, id, name: CONNECTION_NAMES[id] ?? id }
  })
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
    clients: [
      {
        id: folder.clientId,
        name: 'Demo agent',
        secret: folder.clientSecret,
        redirectUris: ['localhost', '127.0.0.1'].flatMap((host) =>
          CALLBACK_PATHS.map((path) => `http://${host}${path}`),
        ),
        connections: Object.fromEntries(
          named.map(({ id, name }) => [
            name,
            { scopes: DEMO_SCOPES[id] ?? [], forcedRefresh: 'allow' as const },
          ]),
        ),
        subjects: [emulator.trustedIssuer.issuer],
      },
    ],
    audit: { headFile: `${folder.path}/audit-heads.jsonl` },
    development: { dangerouslyAllowLoopbackHttp: true },
  }
}
