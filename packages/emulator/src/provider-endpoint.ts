import type { ProviderDefinition } from '@valetkey/providers'
import type { EmulatedProvider, Emulation } from './emulation.ts'
import type { Fault, FaultPoint } from './fault.ts'
import { basicOf, bearerOf, readIncoming, type Incoming } from './incoming.ts'
import type { LogEntry, LogRoute, OpenLogEntry } from './log.ts'
import { playFault } from './play-fault.ts'
import { toResponse, type Reply } from './reply.ts'
import { protocolError } from './token-error.ts'

/** One request at a provider, read and logged. */
export interface Exchange {
  readonly emulation: Emulation
  readonly provider: EmulatedProvider
  /** The provider as it behaves at this moment. */
  readonly definition: ProviderDefinition
  readonly incoming: Incoming
  readonly entry: OpenLogEntry
  /** A fault that the route itself plays. */
  readonly fault: Fault | undefined
  /** Virtual time. */
  readonly now: number
}

/** What a route is, besides what it does. */
export interface ProviderEndpointOptions {
  readonly route: LogRoute
  readonly faultPoints: (incoming: Incoming) => readonly FaultPoint[]
  /** Kinds of faults that `handle` plays by itself. */
  readonly ownFaults?: readonly Fault['kind'][] | undefined
  /** How a request that cannot be read is refused. Default: as the provider's token endpoint refuses. */
  readonly refuse?:
    | ((definition: ProviderDefinition, problem: string, status: number) => Reply)
    | undefined
  readonly handle: (exchange: Exchange) => Reply | Promise<Reply>
}

/** Read, log, play the fault, act, log the outcome, keep the state, answer. */
export function providerEndpoint(
  emulation: Emulation,
  provider: EmulatedProvider,
  options: ProviderEndpointOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const definition = provider.served()
    const read = await readIncoming(request)
    if (!read.ok) {
      const { pathname } = new URL(request.url)
      const entry = emulation.log.begin({
        at: emulation.clock.now(),
        provider: provider.id,
        route: options.route,
        method: request.method,
        path: pathname,
        parameters: {},
        presented: {},
      })
      const reply = (options.refuse ?? refuseAsTokenEndpoint)(definition, read.problem, read.status)
      entry.end({ status: reply.status, error: 'invalid_request' })
      return toResponse(reply)
    }

    const { incoming } = read
    const now = emulation.clock.now()
    const entry = emulation.log.begin({
      at: now,
      provider: provider.id,
      route: options.route,
      method: incoming.method,
      path: incoming.path,
      parameters: incoming.parameters,
      clientId: basicOf(incoming.headers)?.name ?? incoming.parameters['client_id'],
      grantType: incoming.parameters['grant_type'],
      presented: presentedIn(incoming),
    })
    const striking = emulation.faults.take(provider.id, options.faultPoints(incoming))
    if (striking !== undefined) entry.note({ fault: striking.fault.kind })
    const act = async (fault?: Fault): Promise<Reply> =>
      options.handle({ emulation, provider, definition, incoming, entry, fault, now })

    const reply =
      striking === undefined
        ? await act()
        : options.ownFaults?.includes(striking.fault.kind)
          ? await act(striking.fault)
          : await playFault(striking, definition, emulation.runtime, () => act(striking.fault))
    emulation.save()
    entry.end(outcomeOf(reply))
    return toResponse(reply)
  }
}

function refuseAsTokenEndpoint(
  definition: ProviderDefinition,
  problem: string,
  status: number,
): Reply {
  return protocolError(definition, { error: 'invalid_request', description: problem, status })
}

function presentedIn({ headers, parameters }: Incoming): LogEntry['presented'] {
  return {
    accessToken: bearerOf(headers) ?? parameters['access_token'],
    refreshToken: parameters['refresh_token'],
    code: parameters['code'],
    token: parameters['token'],
  }
}

function outcomeOf(reply: Reply): NonNullable<LogEntry['outcome']> {
  if (reply.connection !== undefined) return { connection: reply.connection }
  const error = reply.body.kind === 'json' ? reply.body.value['error'] : undefined
  return { status: reply.status, ...(typeof error === 'string' && { error }) }
}
