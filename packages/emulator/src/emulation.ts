import type { ProviderDefinition } from '@valetkey/providers'
import { withBehaviour, type ProviderBehaviour } from './behaviour.ts'
import { createVirtualClock, type VirtualClock } from './clock.ts'
import { createConsent, type ConsentStore } from './consent.ts'
import { openDataFolder } from './data-folder.ts'
import { emulatedDefinition } from './emulated-definition.ts'
import { createFaults, type FaultStore } from './faults.ts'
import { identityProviderDefinition } from './identity-provider.ts'
import { createLog, type WritableLog } from './log.ts'
import type { Runtime } from './runtime.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'
import { createState, forgetOld, type EmulatorState } from './state.ts'
import { IDENTITY_PROVIDER_ID, type EmulatorUser } from './users.ts'

/** A client that is registered at a provider of the emulator. */
export interface EmulatorClient {
  /** Provider id. */
  readonly provider: string
  readonly clientId: string
  readonly clientSecret: string
  /** Compared exactly. Default: any `http` or `https` URI on a loopback host. */
  readonly redirectUris?: readonly string[] | undefined
}

/** One provider, as it is served. */
export interface EmulatedProvider {
  readonly id: string
  /** As in the catalog, with its real URLs. */
  readonly catalog: ProviderDefinition
  /** As it behaves now, with the URLs it is served at. */
  readonly served: () => ProviderDefinition
  readonly behaviour: () => ProviderBehaviour
  readonly configure: (behaviour: ProviderBehaviour) => void
  readonly clients: ReadonlyMap<string, EmulatorClient>
}

/** Everything that routes share. */
export interface Emulation {
  readonly runtime: Runtime
  readonly baseUrl: string
  /** Virtual time. JWTs are stamped with `runtime.now` instead, since others check them by their own clock. */
  readonly clock: VirtualClock
  readonly log: WritableLog
  readonly faults: FaultStore
  readonly consent: ConsentStore
  readonly consentMode: 'automatic' | 'page'
  readonly keys: SigningKeys
  readonly state: EmulatorState
  /** Keeps the state, where there is a data folder. */
  readonly save: () => void
  readonly users: readonly EmulatorUser[]
  readonly providers: ReadonlyMap<string, EmulatedProvider>
  readonly loginToken: { readonly audience: string; readonly lifetimeSeconds: number }
}

/** What an emulation is made of, resolved. */
export interface EmulationOptions {
  readonly runtime: Runtime
  readonly baseUrl: string
  /** `emulator`: URLs are moved to `baseUrl`. `original`: the real hosts, intercepted. */
  readonly addresses: 'emulator' | 'original'
  readonly providers: readonly ProviderDefinition[]
  readonly behaviour: Readonly<Record<string, ProviderBehaviour>>
  readonly clients: readonly EmulatorClient[]
  readonly users: readonly EmulatorUser[]
  readonly consentMode: 'automatic' | 'page'
  readonly dataFolder: string | undefined
  readonly loginToken: { readonly audience: string; readonly lifetimeSeconds: number }
}

/**
 * Puts the parts together.
 *
 * @throws {TypeError} when users, providers or clients contradict each other
 */
export function createEmulation(options: EmulationOptions): Emulation {
  const { runtime, baseUrl } = options
  if (options.users.length === 0) throw new TypeError('"users" must name at least one user')
  requireUnique(
    'users',
    options.users.map((user) => user.id),
  )
  requireUnique(
    'providers',
    options.providers.map((provider) => provider.id),
  )

  const providers = new Map<string, EmulatedProvider>()
  for (const catalog of [...options.providers, identityProviderDefinition]) {
    if (providers.has(catalog.id)) {
      throw new TypeError(
        `"providers" may not hold ${catalog.id}: the emulator's login system has that id`,
      )
    }
    providers.set(catalog.id, emulatedProvider(catalog, options))
  }
  for (const { provider } of options.clients) requireProvider(providers, 'clients', provider)
  for (const provider of Object.keys(options.behaviour)) {
    requireProvider(providers, 'behaviour', provider)
  }

  const folder = options.dataFolder === undefined ? undefined : openDataFolder(options.dataFolder)
  const state = folder?.readState() ?? createState()
  forgetOld(state, runtime.now())
  return {
    runtime,
    baseUrl,
    clock: createVirtualClock(runtime.now),
    log: createLog(),
    faults: createFaults((id) => providers.has(id)),
    consent: createConsent(),
    consentMode: options.consentMode,
    keys: createSigningKeys(folder?.keys),
    state,
    save: () => folder?.writeState(state),
    users: options.users,
    providers,
    loginToken: options.loginToken,
  }
}

/** The client that every provider has besides those that are given. */
export function defaultClient(provider: string): EmulatorClient {
  return {
    provider,
    clientId: `emulator-${provider}-client`,
    clientSecret: `emulator-${provider}-secret`,
  }
}

/**
 * The provider with this id.
 *
 * @throws {TypeError} when there is none
 */
export function providerOf(emulation: Emulation, id: string): EmulatedProvider {
  const provider = emulation.providers.get(id)
  if (provider === undefined) {
    throw new TypeError(
      `The emulator has no provider ${JSON.stringify(id)}, only ${[...emulation.providers.keys()].join(', ')}`,
    )
  }
  return provider
}

/**
 * The user with this id.
 *
 * @throws {TypeError} when there is none
 */
export function userOf(emulation: Emulation, id: string): EmulatorUser {
  const user = emulation.users.find((one) => one.id === id)
  if (user === undefined) {
    throw new TypeError(
      `The emulator has no user ${JSON.stringify(id)}, only ${emulation.users.map((one) => one.id).join(', ')}`,
    )
  }
  return user
}

function emulatedProvider(
  catalog: ProviderDefinition,
  { addresses, baseUrl, behaviour, clients }: EmulationOptions,
): EmulatedProvider {
  // The login system has no real hosts to intercept.
  const moved =
    addresses === 'original' && catalog.id !== IDENTITY_PROVIDER_ID
      ? catalog
      : emulatedDefinition(catalog, baseUrl)
  let current: ProviderBehaviour = behaviour[catalog.id] ?? {}
  const own = clients.filter((client) => client.provider === catalog.id)
  return {
    id: catalog.id,
    catalog,
    served: () => withBehaviour(moved, current),
    behaviour: () => current,
    configure: (next) => {
      current = { ...current, ...next }
    },
    clients: new Map(
      [defaultClient(catalog.id), ...own].map((client) => [client.clientId, client]),
    ),
  }
}

function requireProvider(
  providers: ReadonlyMap<string, EmulatedProvider>,
  option: string,
  id: string,
): void {
  if (!providers.has(id)) {
    throw new TypeError(`"${option}" names ${JSON.stringify(id)}, which is not among "providers"`)
  }
}

function requireUnique(option: string, ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    throw new TypeError(`"${option}" holds ${JSON.stringify(twice)} twice`)
  }
}
