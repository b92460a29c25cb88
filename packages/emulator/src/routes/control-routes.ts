import { timingSafeEqual } from 'node:crypto'
import type { Hono } from 'hono'
import {
  parseAdvance,
  parseBehaviour,
  parseConsent,
  parseExpiry,
  parseFaultRemoval,
  parseLogFilter,
  parseLoginToken,
  parseProviderName,
  parseRevocation,
} from '../control-requests.ts'
import type { EmulatorDescription } from '../connect-emulator.ts'
import { configureProvider, decideConsent, expireAccessTokens, revokeGrant } from '../control.ts'
import { providerOf, type Emulation } from '../emulation.ts'
import { parseFaultPlan } from '../fault.ts'
import { readIncoming } from '../incoming.ts'
import { issueLoginToken } from '../jwt.ts'
import { jsonReply, toResponse, type JsonObject, type Reply } from '../reply.ts'
import { trustedIssuer } from '../trusted-issuer.ts'
import { IDENTITY_PROVIDER_ID } from '../users.ts'

/** What a control request may do; `undefined` from `body` says that it is not JSON. */
type Operation = (body: JsonObject, parameters: Readonly<Record<string, string>>) => unknown

/**
 * `/_emulator/*`: what a test in another process does to the emulator. A browser page of another site
 * can neither write (JSON only, and no CORS) nor read, nor reach it by a name that it rebinds to
 * loopback (the host is checked).
 */
export function addControlRoutes(
  app: Hono,
  emulation: Emulation,
  controlToken: string | undefined,
): void {
  const operations: readonly (readonly ['GET' | 'POST', string, Operation])[] = [
    ['GET', '/_emulator/state', () => describe(emulation)],
    [
      'GET',
      '/_emulator/log',
      (_, query) => ({
        entries: emulation.log.entries(parseLogFilter(query)),
        tick: emulation.log.tick(),
      }),
    ],
    [
      'POST',
      '/_emulator/advance',
      (body) => {
        emulation.clock.advance(parseAdvance(body))
        return { now: emulation.clock.now() }
      },
    ],
    [
      'GET',
      '/_emulator/faults',
      (_, query) => ({ faults: emulation.faults.list(query['provider']) }),
    ],
    [
      'POST',
      '/_emulator/faults',
      (body) => {
        const { provider, ...plan } = body
        return emulation.faults.add(parseProviderName(provider), parseFaultPlan(plan))
      },
    ],
    [
      'POST',
      '/_emulator/faults/clear',
      (body) => {
        emulation.faults.clear(parseFaultRemoval(body))
        return {}
      },
    ],
    [
      'POST',
      '/_emulator/faults/release',
      (body) => ({
        released: emulation.faults.release(parseFaultRemoval(body).provider),
      }),
    ],
    [
      'POST',
      '/_emulator/revoke',
      (body) => ({ revoked: revokeGrant(emulation, parseRevocation(body)) }),
    ],
    [
      'POST',
      '/_emulator/expire',
      (body) => ({ expired: expireAccessTokens(emulation, parseExpiry(body)) }),
    ],
    [
      'POST',
      '/_emulator/consent',
      (body) => {
        const { provider, decision } = parseConsent(body)
        decideConsent(emulation, provider, decision)
        return {}
      },
    ],
    [
      'POST',
      '/_emulator/behaviour',
      (body) => {
        const { provider, behaviour } = parseBehaviour(body)
        configureProvider(emulation, provider, behaviour)
        return { provider: providerOf(emulation, provider).served() }
      },
    ],
  ]
  for (const [method, path, operate] of operations) {
    app.on(method, path, async (context) =>
      toResponse(await control(context.req.raw, controlToken, operate)),
    )
  }

  // Not behind the control token: it stands for the login page of a real login system.
  app.post(`/${IDENTITY_PROVIDER_ID}/login-token`, async (context) =>
    toResponse(await control(context.req.raw, undefined, (body) => loginToken(emulation, body))),
  )
}

async function loginToken(emulation: Emulation, body: JsonObject): Promise<JsonObject> {
  const { user, options } = parseLoginToken(body)
  const token = await issueLoginToken(emulation, user, options)
  const entry = emulation.log.begin({
    at: emulation.clock.now(),
    provider: IDENTITY_PROVIDER_ID,
    route: 'login_token',
    method: 'POST',
    path: `/${IDENTITY_PROVIDER_ID}/login-token`,
    parameters: { user },
    user,
    presented: {},
  })
  entry.end({ status: 200 })
  return { token, type: 'urn:ietf:params:oauth:token-type:jwt' }
}

async function control(
  request: Request,
  controlToken: string | undefined,
  operate: Operation,
): Promise<Reply> {
  const refused = refusal(request, controlToken)
  if (refused !== undefined) return refused
  const read = await readIncoming(request)
  if (!read.ok) return problem(read.status, read.problem)
  const { incoming } = read
  if (incoming.method === 'POST' && incoming.bodyKind !== 'json') {
    return problem(415, 'The body must be a JSON object, with content-type application/json.')
  }
  try {
    const answer = await operate(incoming.body, incoming.parameters)
    return {
      status: 200,
      body: { kind: 'text', text: JSON.stringify(answer), contentType: 'application/json' },
    }
  } catch (error) {
    // The parsers and operations say with a TypeError what is wrong with the request.
    if (error instanceof TypeError) return problem(400, error.message)
    throw error
  }
}

function refusal(request: Request, controlToken: string | undefined): Reply | undefined {
  const { hostname } = new URL(request.url)
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    return problem(403, `The emulator is not reachable as ${JSON.stringify(hostname)}.`)
  }
  if (request.headers.get('sec-fetch-site') === 'cross-site') {
    return problem(403, 'The emulator is not controlled from other sites.')
  }
  if (controlToken === undefined) return undefined
  const given = Buffer.from(request.headers.get('authorization') ?? '')
  const wanted = Buffer.from(`Bearer ${controlToken}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
    ? undefined
    : problem(401, 'The control token is missing or wrong.')
}

function describe(emulation: Emulation): EmulatorDescription {
  return {
    url: emulation.baseUrl,
    now: emulation.clock.now(),
    users: emulation.users,
    trustedIssuer: trustedIssuer(emulation),
    providers: Object.fromEntries(
      [...emulation.providers.values()].map((provider) => [
        provider.id,
        { definition: provider.served(), clients: [...provider.clients.values()] },
      ]),
    ),
  }
}

function problem(status: number, message: string): Reply {
  return jsonReply({ error: 'invalid_request', error_description: message }, status)
}
