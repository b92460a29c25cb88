import type { startEmulator } from '@valetkey/emulator'
import type { ProviderDefinition } from '@valetkey/providers'
import * as z from 'zod'

import { isLoopbackHost } from '../domain/loopback-host.ts'
import { isProviderDefinition } from '../config/is-provider-definition.ts'
import { UserError } from './user-error.ts'

/** Providers and a login system that run offline. */
export interface DevEmulator {
  /** Without a slash at the end. */
  readonly url: string
  readonly providers: readonly {
    readonly definition: ProviderDefinition
    readonly clientId: string
    readonly clientSecret: string
  }[]
  readonly trustedIssuer: {
    readonly issuer: string
    readonly audience: string
    readonly jwksUri: string
    readonly algorithms: readonly string[]
  }
  readonly close: () => Promise<void>
}

/** The id under which the emulator's login system is listed among its providers. */
const LOGIN_SYSTEM = 'idp'

/** Starts an emulator in this process, keeping its keys and tokens in a folder. */
export async function startDevEmulator({
  port,
  dataFolder,
  audience,
  consent,
}: {
  /** Taken if it is free, otherwise any other. 0: any. */
  readonly port: number
  readonly dataFolder: string
  readonly audience: string
  readonly consent: 'automatic' | 'page'
}): Promise<DevEmulator> {
  const { startEmulator: start } = await importEmulator()
  const options = { dataFolder, consent, loginToken: { audience } }
  const emulator = await start({ ...options, port }).catch(async (error: unknown) => {
    if (port === 0 || !isAddressInUse(error)) throw error
    return start({ ...options, port: 0 })
  })
  try {
    return { ...(await attachDevEmulator(emulator.url)), close: emulator.close }
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/** Uses the emulator of another process, as `npx @valetkey/emulator` starts it. */
export async function attachDevEmulator(address: string): Promise<DevEmulator> {
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'http:' || !isLoopbackHost(url.hostname)) {
    throw new UserError(
      '--emulator takes the address of an emulator on this machine, such as http://127.0.0.1:8788',
    )
  }
  const state = EmulatorState.safeParse(await readState(url.origin))
  if (!state.success) {
    throw new UserError(`What answers at ${url.origin} is no emulator of this version.`)
  }
  const { providers, trustedIssuer } = state.data
  return {
    url: url.origin,
    providers: Object.entries(providers).flatMap(([id, { definition, clients }]) => {
      const [client] = clients
      return id === LOGIN_SYSTEM || client === undefined ? [] : [{ definition, ...client }]
    }),
    trustedIssuer,
    close: async () => undefined,
  }
}

const EmulatorState = z.object({
  trustedIssuer: z.object({
    issuer: z.string(),
    audience: z.string(),
    jwksUri: z.string(),
    algorithms: z.array(z.string()),
  }),
  providers: z.record(
    z.string(),
    z.object({
      definition: z.custom<ProviderDefinition>(isProviderDefinition),
      clients: z.array(z.object({ clientId: z.string(), clientSecret: z.string() })),
    }),
  ),
})

async function readState(origin: string): Promise<unknown> {
  try {
    const response = await fetch(`${origin}/_emulator/state`, {
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    return await response.json()
  } catch (error) {
    throw new UserError(`No emulator answers at ${origin}. Start one: npx @valetkey/emulator`, {
      cause: error,
    })
  }
}

/** Loaded only here: a vault that serves real providers does not need it. */
async function importEmulator(): Promise<{ readonly startEmulator: typeof startEmulator }> {
  try {
    return await import('@valetkey/emulator')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new UserError(
        '"valetkey dev" needs the emulator, which is not installed: npm install --save-dev @valetkey/emulator',
        { cause: error },
      )
    }
    throw error
  }
}

function isAddressInUse(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
}
