import type { ConnectionToken } from './connection-token.ts'
import { isSigned, type Subject, type SubjectToken, subjectTokenType } from './subject-token.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { Dialect } from './wire-codes.ts'

/** One exchange for a provider's token. */
export interface ConnectionExchange {
  readonly connection: string
  readonly scopes: readonly string[]
  readonly loginHint: string | undefined
  readonly subject: Subject
  readonly actor: SubjectToken | undefined
  /** The token that the provider refused, when this asks for a newer one. */
  readonly refused: ConnectionToken | undefined
}

/** One exchange for a token of one of your own APIs. */
export interface ApiExchange {
  readonly audience: string
  readonly scopes: readonly string[]
  readonly subject: Subject
  readonly actor: SubjectToken | undefined
}

/** One grant as it is sent, but for the subject token. */
export interface GrantParameters {
  readonly grantType: string
  readonly parameters: Readonly<Record<string, string>>
}

const rfc8693Grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const auth0Grant =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'
const auth0TokenType = 'http://auth0.com/oauth/token-type/federated-connection-access-token'
const auth0WorkerTokenType = 'http://auth0.com/oauth/token-type/token-vault-access-token'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** For a provider's token: RFC 8693 with the connection as `audience`, or Auth0's grant. */
export function connectionGrant(dialect: Dialect, exchange: ConnectionExchange): GrantParameters {
  return dialect === 'auth0' ? auth0Connection(exchange) : standardConnection(exchange)
}

/**
 * For a token of one of your own APIs: RFC 8693 in both dialects. Auth0 wants the type asked for too
 * (wire-auth0.md, section 1.5), which is the default elsewhere.
 */
export function apiGrant(dialect: Dialect, exchange: ApiExchange): GrantParameters {
  const { subject, actor, audience, scopes } = exchange
  return {
    grantType: rfc8693Grant,
    parameters: {
      ...partyParameters(subject, actor),
      ...(dialect === 'auth0' ? { requested_token_type: accessTokenType } : {}),
      audience,
      ...scopeParameter(scopes),
    },
  }
}

function standardConnection(exchange: ConnectionExchange): GrantParameters {
  const { subject, actor, connection, scopes, loginHint, refused } = exchange
  const canName = refused?.account !== undefined && refused.generation !== undefined
  return {
    grantType: rfc8693Grant,
    parameters: {
      ...partyParameters(subject, actor),
      audience: connection,
      ...scopeParameter(scopes),
      ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      ...(canName ? { force_refresh: `${refused.account}:${refused.generation}` } : {}),
    },
  }
}

/**
 * Auth0 takes a scope only with a subject that the client signs ("privileged worker"), which also
 * asks for a token type of its own and has to say why (wire-auth0.md, section 1.2).
 */
function auth0Connection(exchange: ConnectionExchange): GrantParameters {
  const { subject, actor, connection, scopes, loginHint } = exchange
  if (actor !== undefined) {
    throw new ValetKeyError(
      'client_misconfigured',
      `"actorToken" cannot be used for a connection with the 'auth0' dialect, which has no delegation there.`,
    )
  }
  if (isSigned(subject) && subject.auditContext === undefined) {
    throw new ValetKeyError(
      'client_misconfigured',
      `With the 'auth0' dialect, "signedSubject" must give { subject, auditContext }.`,
    )
  }
  return {
    grantType: auth0Grant,
    parameters: {
      ...partyParameters(subject, undefined),
      requested_token_type: isSigned(subject) ? auth0WorkerTokenType : auth0TokenType,
      connection,
      ...(isSigned(subject) ? scopeParameter(scopes) : {}),
      ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    },
  }
}

function partyParameters(
  subject: Subject,
  actor: SubjectToken | undefined,
): Record<string, string> {
  return {
    subject_token_type: subjectTokenType(subject),
    ...(actor === undefined ? {} : { actor_token: actor.token, actor_token_type: actor.type }),
  }
}

function scopeParameter(scopes: readonly string[]): Record<string, string> {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}
