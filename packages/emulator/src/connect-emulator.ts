import type { ProviderDefinition } from '@valetkey/providers'

import type { ProviderBehaviour } from './behaviour.ts'
import type { ConsentDecision } from './consent.ts'
import type { RevokedGrant } from './control.ts'
import type { EmulatorClient } from './emulation.ts'
import type { FaultPlan } from './fault.ts'
import type { PlannedFault } from './faults.ts'
import type { LoginTokenOptions } from './jwt.ts'
import type { LogEntry, LogFilter } from './log.ts'
import { systemRuntime } from './runtime.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import { IDENTITY_PROVIDER_ID, type EmulatorUser } from './users.ts'

/** Where and how the emulator of another process is reached. */
export interface ConnectEmulatorOptions {
  /** The one that the emulator was started with. Default: none. */
  readonly controlToken?: string | undefined
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** The same as an `Emulator` in this process, over HTTP. Every method rejects with an `Error` that says what the emulator refused. */
export interface RemoteEmulator {
  readonly url: string
  readonly provider: (id: string) => Promise<ProviderDefinition>
  readonly client: (provider: string) => Promise<EmulatorClient>
  readonly users: () => Promise<readonly EmulatorUser[]>
  readonly log: {
    readonly entries: (filter?: LogFilter) => Promise<readonly LogEntry[]>
    readonly tokenRequests: (provider?: string) => Promise<readonly LogEntry[]>
    readonly refreshes: (
      filter?: Pick<LogFilter, 'provider' | 'token' | 'user' | 'after'>,
    ) => Promise<readonly LogEntry[]>
    readonly apiCalls: (provider?: string) => Promise<readonly LogEntry[]>
    readonly tick: () => Promise<number>
  }
  readonly faults: {
    readonly add: (provider: string, plan: FaultPlan) => Promise<PlannedFault>
    readonly list: (provider?: string) => Promise<readonly PlannedFault[]>
    readonly clear: (which?: { readonly id?: number; readonly provider?: string }) => Promise<void>
    readonly release: (provider?: string) => Promise<number>
  }
  readonly advance: (seconds: number) => Promise<void>
  readonly now: () => Promise<number>
  readonly decideConsent: (provider: string, decision: ConsentDecision) => Promise<void>
  readonly configure: (provider: string, behaviour: ProviderBehaviour) => Promise<void>
  readonly revokeGrant: (grant: RevokedGrant) => Promise<number>
  readonly expireAccessTokens: (which: {
    readonly provider: string
    readonly user?: string | undefined
  }) => Promise<number>
  readonly issueLoginToken: (
    user: string,
    options?: Pick<LoginTokenOptions, 'audience' | 'lifetimeSeconds' | 'algorithm'>,
  ) => Promise<string>
  readonly trustedIssuer: () => Promise<TrustedIssuer>
}

/** The controls of an emulator that runs in another process, at `url`. */
export function connectEmulator(
  url: string,
  { controlToken, fetch = systemRuntime.fetch }: ConnectEmulatorOptions = {},
): RemoteEmulator {
  const base = url.replace(/\/$/, '')
  const call = async <Answer>(path: string, body?: object): Promise<Answer> => {
    const response = await fetch(base + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(controlToken !== undefined && { authorization: `Bearer ${controlToken}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) {
      throw new Error(`The emulator at ${base} refused ${path}: ${await refusalOf(response)}`)
    }
    // Written by this package's own server: trusted, and as its routes say.
    const answer: Answer = await response.json()
    return answer
  }
  const state = (): Promise<EmulatorDescription> => call('/_emulator/state')
  const described = async (id: string): Promise<EmulatorDescription['providers'][string]> => {
    const { providers } = await state()
    const provider = Object.hasOwn(providers, id) ? providers[id] : undefined
    if (provider === undefined) {
      throw new Error(`The emulator at ${base} has no provider ${JSON.stringify(id)}`)
    }
    return provider
  }
  const entries = async (filter: LogFilter = {}): Promise<readonly LogEntry[]> => {
    const answer = await call<{ entries: LogEntry[] }>(`/_emulator/log${query({ ...filter })}`)
    return answer.entries
  }

  return {
    url: base,
    provider: async (id) => (await described(id)).definition,
    client: async (id) => {
      const [client] = (await described(id)).clients
      if (client === undefined) throw new Error(`The provider ${id} has no client`)
      return client
    },
    users: async () => (await state()).users,
    log: {
      entries,
      tokenRequests: (provider) => entries({ provider, route: 'token' }),
      refreshes: (filter) => entries({ ...filter, route: 'token', grantType: 'refresh_token' }),
      apiCalls: (provider) => entries({ provider, route: 'api' }),
      tick: async () => (await call<{ tick: number }>('/_emulator/log?after=999999999999')).tick,
    },
    faults: {
      add: (provider, plan) => call('/_emulator/faults', { provider, ...plan }),
      list: async (provider) =>
        (await call<{ faults: PlannedFault[] }>(`/_emulator/faults${query({ provider })}`)).faults,
      clear: async (which = {}) => {
        await call('/_emulator/faults/clear', which)
      },
      release: async (provider) =>
        (await call<{ released: number }>('/_emulator/faults/release', { provider })).released,
    },
    advance: async (seconds) => {
      await call('/_emulator/advance', { seconds })
    },
    now: async () => (await state()).now,
    decideConsent: async (provider, decision) => {
      await call('/_emulator/consent', { provider, ...decision })
    },
    configure: async (provider, behaviour) => {
      await call('/_emulator/behaviour', { provider, behaviour })
    },
    revokeGrant: async (grant) =>
      (await call<{ revoked: number }>('/_emulator/revoke', grant)).revoked,
    expireAccessTokens: async (which) =>
      (await call<{ expired: number }>('/_emulator/expire', which)).expired,
    issueLoginToken: async (user, options = {}) =>
      (
        await call<{ token: string }>(`/${IDENTITY_PROVIDER_ID}/login-token`, {
          user,
          ...options,
        })
      ).token,
    trustedIssuer: async () => (await state()).trustedIssuer,
  }
}

/** What `GET /_emulator/state` answers. */
export interface EmulatorDescription {
  readonly url: string
  readonly now: number
  readonly users: readonly EmulatorUser[]
  readonly trustedIssuer: TrustedIssuer
  readonly providers: Readonly<
    Record<
      string,
      { readonly definition: ProviderDefinition; readonly clients: readonly EmulatorClient[] }
    >
  >
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) search.set(name, String(value))
  }
  return search.size === 0 ? '' : `?${search}`
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'error_description' in body) {
      return `${response.status} ${String(body.error_description)}`
    }
  } catch {
    // Not the emulator's JSON: the status says all there is to say.
  }
  return `status ${response.status}`
}
