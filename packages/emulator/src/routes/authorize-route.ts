import type { EmulatedProvider, Emulation, EmulatorClient } from '../emulation.ts'
import { consentPage } from '../pages/consent-page.ts'
import { messagePage } from '../pages/message-page.ts'
import { providerEndpoint, type Exchange } from '../provider-endpoint.ts'
import { randomId } from '../random-id.ts'
import type { Reply } from '../reply.ts'
import { liveFamilies, type AuthorizationRequest } from '../state.ts'
import { findUser, type EmulatorUser } from '../users.ts'

/** `GET` authorization endpoint, RFC 6749 section 4.1.1. */
export function authorizeRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'authorize',
    faultPoints: () => ['authorize'],
    ownFaults: ['error'],
    refuse: (_, problem, status) => messagePage('This link does not work', problem, status),
    handle: authorize,
  })
}

/** `POST` of the consent page's form. */
export function consentRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'consent',
    faultPoints: () => [],
    refuse: (_, problem, status) => messagePage('That did not work', problem, status),
    handle: decide,
  })
}

function authorize(exchange: Exchange): Reply {
  const { emulation, incoming, fault } = exchange
  const checked = checkTarget(exchange)
  if (!checked.ok) return messagePage('This link does not work', checked.problem, 400)
  const { redirectUri } = checked
  const state = incoming.parameters['state']
  if (fault?.kind === 'error') return backTo(redirectUri, { error: fault.error, state })

  const problem = requestProblem(exchange)
  if (problem !== undefined) {
    return backTo(redirectUri, {
      error: problem.error,
      error_description: problem.description,
      state,
    })
  }
  const request = authorizationRequest(exchange, checked.client, redirectUri)

  if (emulation.consentMode === 'page') {
    const id = randomId(emulation.runtime, 'consent_')
    emulation.state.consents.set(id, { ...request, askedAt: exchange.now })
    return consentPage({
      id,
      request,
      providerName: exchange.definition.name,
      users: emulation.users,
      user: signedInUser(exchange, request.loginHint),
    })
  }
  const decision = emulation.consent.take(exchange.provider.id)
  const user =
    emulation.users.find((one) => one.id === decision.user) ??
    signedInUser(exchange, request.loginHint)
  return decision.decision === 'deny'
    ? denied(exchange, request, user)
    : allowed(exchange, request, user, decision.scopes ?? request.scopes)
}

/** 303, so that the browser does not repeat the POST at the client (RFC 9700 section 4.12). */
function decide(exchange: Exchange): Reply {
  const { emulation, incoming, now } = exchange
  const { consent: id = '', decision, user: userId = '', ...rest } = incoming.parameters
  const pending = emulation.state.consents.get(id)
  const user = emulation.users.find((one) => one.id === userId)
  const isLive =
    pending !== undefined &&
    pending.provider === exchange.provider.id &&
    now < pending.askedAt + CONSENT_LIFETIME_SECONDS
  if (!isLive || user === undefined || (decision !== 'allow' && decision !== 'deny')) {
    return messagePage('That did not work', 'This page was used before, or is too old.', 400)
  }
  emulation.state.consents.delete(id)
  if (decision === 'deny') return { ...denied(exchange, pending, user), status: 303 }
  const ticked = pending.scopes.filter((_, index) => rest[`scope-${index}`] === 'on')
  return { ...allowed(exchange, pending, user, ticked), status: 303 }
}

const CONSENT_LIFETIME_SECONDS = 600

type Target =
  | { readonly ok: true; readonly client: EmulatorClient; readonly redirectUri: string }
  | { readonly ok: false; readonly problem: string }

/** RFC 6749 section 4.1.2.1: with a wrong client or redirect URI there is nobody to send an error to. */
function checkTarget({ provider, incoming }: Exchange): Target {
  const { client_id: clientId = '', redirect_uri: redirectUri = '' } = incoming.parameters
  const client = provider.clients.get(clientId)
  if (client === undefined) {
    return { ok: false, problem: `No client ${JSON.stringify(clientId)} is registered here.` }
  }
  if (!isRegistered(client, redirectUri)) {
    return {
      ok: false,
      problem: `The redirect URI ${JSON.stringify(redirectUri)} is not registered for this client.`,
    }
  }
  return { ok: true, client, redirectUri }
}

function isRegistered(client: EmulatorClient, redirectUri: string): boolean {
  if (client.redirectUris !== undefined) return client.redirectUris.includes(redirectUri)
  const url = URL.parse(redirectUri)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname) &&
    url.hash === ''
  )
}

function requestProblem({
  definition,
  provider,
  incoming: { parameters },
}: Exchange): { readonly error: string; readonly description: string } | undefined {
  if (parameters['response_type'] !== 'code') {
    // Slack has no response_type; everyone else must say code.
    if (parameters['response_type'] !== undefined || definition.scopeParameter === 'scope') {
      return { error: 'unsupported_response_type', description: 'response_type must be code.' }
    }
  }
  const scopes = splitScopes(parameters[definition.scopeParameter], definition.scopeSeparator)
  if (scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    return {
      error: 'invalid_scope',
      description: `Scopes are separated by ${JSON.stringify(definition.scopeSeparator)}.`,
    }
  }
  if (definition.pkce === 'unsupported') return undefined
  const { code_challenge: challenge, code_challenge_method: method } = parameters
  if (challenge === undefined) {
    return provider.behaviour().pkce === 'required'
      ? { error: 'invalid_request', description: 'code_challenge is required.' }
      : undefined
  }
  return method === 'S256' && /^[A-Za-z0-9_-]{43}$/.test(challenge)
    ? undefined
    : { error: 'invalid_request', description: 'code_challenge_method must be S256.' }
}

function authorizationRequest(
  { definition, provider, incoming: { parameters } }: Exchange,
  client: EmulatorClient,
  redirectUri: string,
): AuthorizationRequest {
  return {
    provider: provider.id,
    clientId: client.clientId,
    redirectUri,
    state: parameters['state'],
    scopes: splitScopes(parameters[definition.scopeParameter], definition.scopeSeparator),
    codeChallenge: definition.pkce === 'S256' ? parameters['code_challenge'] : undefined,
    nonce: parameters['nonce'],
    loginHint: parameters['login_hint'],
    accessType: parameters['access_type'],
    prompt: parameters['prompt'],
    includesGrantedScopes: parameters['include_granted_scopes'] === 'true',
  }
}

function splitScopes(value: string | undefined, separator: string): string[] {
  return [...new Set((value ?? '').split(separator).filter((scope) => scope !== ''))]
}

function signedInUser({ emulation, provider }: Exchange, hint: string | undefined): EmulatorUser {
  const hinted = hint === undefined ? undefined : findUser(emulation.users, provider.id, hint)
  const user = hinted ?? emulation.users[0]
  if (user === undefined) throw new Error('The emulator has no users')
  return user
}

function denied({ entry }: Exchange, request: AuthorizationRequest, user: EmulatorUser): Reply {
  entry.note({ user: user.id })
  return backTo(request.redirectUri, { error: 'access_denied', state: request.state })
}

function allowed(
  { emulation, entry, now }: Exchange,
  request: AuthorizationRequest,
  user: EmulatorUser,
  chosen: readonly string[],
): Reply {
  const earlier = request.includesGrantedScopes
    ? liveFamilies(emulation.state, {
        provider: request.provider,
        clientId: request.clientId,
        user: user.id,
      }).flatMap((family) => family.scopes)
    : []
  const code = randomId(emulation.runtime, 'emu-code-')
  emulation.state.codes.set(code, {
    code,
    request,
    user: user.id,
    scopes: [...new Set([...request.scopes.filter((scope) => chosen.includes(scope)), ...earlier])],
    issuedAt: now,
  })
  entry.note({ user: user.id, clientId: request.clientId, issued: { code } })
  return backTo(request.redirectUri, { code, state: request.state })
}

function backTo(
  redirectUri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): Reply {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { status: 302, headers: { location: url.href }, body: { kind: 'empty' } }
}
