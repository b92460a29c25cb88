import type { Load, LoadStep } from './load.ts'
import { CONNECTION, SCOPE, type VaultSetup } from './vault-under-test.ts'

export const CONNECTIONS = 32

/** The token types that a subject is declared as (RFC 8693 section 3). */
export type SubjectTokenType = 'refresh_token' | 'jwt'

export interface ExchangeLoad {
  readonly tokenType: SubjectTokenType
  /** Gives the subject token of each request. */
  readonly nextToken: () => string
  readonly requests: number
}

/** Exchanges of a subject token for the stored token of the demo user's account. */
export function exchangeLoad(
  { issuer, clientId, clientSecret }: VaultSetup,
  { tokenType, nextToken, requests }: ExchangeLoad,
): Load {
  return {
    origin: issuer,
    steps: [
      {
        method: 'POST',
        path: '/oauth/token',
        headers: { ...FORM, authorization: basic(clientId, clientSecret) },
        status: 200,
        body: () => exchangeForm(nextToken(), tokenType),
      },
    ],
    requests,
    connections: CONNECTIONS,
  }
}

/** The same request, sent to the echo. */
export function echoOf(load: Load, url: string): Load {
  const [step] = load.steps
  return { ...load, origin: url, steps: [{ ...step, path: '/' } satisfies LoadStep] }
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const

export function basic(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
}

function exchangeForm(subjectToken: string, tokenType: SubjectTokenType): string {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: `urn:ietf:params:oauth:token-type:${tokenType}`,
    audience: CONNECTION,
    scope: SCOPE,
  }).toString()
}
