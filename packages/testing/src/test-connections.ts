/** A client that the test vault knows. */
export interface TestClient {
  readonly id: string
  readonly secret: string
  /** Where connecting returns to; nobody listens there. */
  readonly redirectUri: string
}

/** A client that the test vault knows by its key (`private_key_jwt`, ES256). */
export interface TestKeyClient extends Omit<TestClient, 'secret'> {
  readonly privateKey: JsonWebKey & { readonly kid: string }
  readonly publicKey: Readonly<Record<string, unknown>>
}

const calendar = 'https://www.googleapis.com/auth/calendar'

/** The connections of a test vault: what they ask for at least, and what its clients may have. */
export const testConnections = {
  'google-oauth2': {
    provider: 'google',
    scopes: ['openid', 'email'],
    allowed: ['openid', 'email', `${calendar}.events.readonly`, `${calendar}.events`],
  },
  github: { provider: 'github', scopes: [], allowed: ['read:user', 'repo'] },
  'work-slack': { provider: 'slack', scopes: [], allowed: ['channels:read', 'channels:history'] },
} as const

/** Name of a connection of {@link testConnections}. */
export type TestConnection = keyof typeof testConnections

/** All of them. */
export const connectionNames = [
  'google-oauth2',
  'github',
  'work-slack',
] as const satisfies readonly TestConnection[]

/** Scopes of {@link testConnections} that tools ask for. */
export const testScopes = {
  readEvents: `${calendar}.events.readonly`,
  writeEvents: `${calendar}.events`,
  email: 'email',
} as const
