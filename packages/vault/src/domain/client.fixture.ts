import type { Client } from './client.ts'

/** A confidential client that may do nothing yet; each test says what matters to it. */
export function aClient(overrides: Partial<Client> = {}): Client {
  return {
    tenant: 'default',
    id: 'my-agent',
    name: 'My Agent',
    authentication: { method: 'client_secret', secretHashes: [] },
    redirectUris: [],
    postLogoutRedirectUris: [],
    origins: [],
    grants: [],
    connections: {},
    apis: {},
    subjects: [],
    actors: [],
    impersonation: 'refuse',
    consent: 'implied',
    myAccountScopes: [],
    refreshTokens: {
      rotation: 'never',
      graceSeconds: 0,
      idleSeconds: 1_209_600,
      absoluteSeconds: 31_536_000,
    },
    idTokenAlgorithm: 'RS256',
    dpop: 'optional',
    ...overrides,
  }
}
