import { ecKey, forge, signWith } from '../../src/authorization-server/forge-jwt.fixture.ts'
import type { OutboundFetch } from '../../src/ports/outbound-fetch.ts'

const key = ecKey('local')

/** A login system with one key, whose JWKS needs no server. */
export const localLogin = {
  trusted: {
    issuer: 'https://login.example.com/',
    jwksUri: 'https://login.example.com/jwks.json',
    audience: 'valet-key',
  },
  outboundFetch: async () => ({
    ok: true,
    status: 200,
    headers: new Headers(),
    body: JSON.stringify({ keys: [key.jwk] }),
  }),
  /** `claims` replace the usual ones. */
  issue: async (
    user: string,
    now: number,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<string> =>
    forge(
      { alg: 'ES256', kid: key.kid, typ: 'JWT' },
      {
        iss: 'https://login.example.com/',
        sub: user,
        aud: 'valet-key',
        iat: now,
        exp: now + 10_000_000,
        ...claims,
      },
      signWith(key, 'ES256'),
    ),
} satisfies { readonly outboundFetch: OutboundFetch } & Readonly<Record<string, unknown>>
