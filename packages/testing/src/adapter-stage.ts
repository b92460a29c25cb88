import { getAccessTokenForConnection, type ValetKeyEvent } from '@valetkey/core'
import type {
  AdapterApp,
  AdapterDriver,
  AdapterOutcome,
  AdapterRun,
  AdapterSettings,
  AdapterTool,
} from './adapter-driver.ts'
import type { TestUser, TestVault } from './start-test-vault.ts'
import { type TestConnection, testConnections, testScopes } from './test-connections.ts'

/** What the tests of {@link describeAdapter} are played on. */
export interface AdapterStage {
  readonly driver: AdapterDriver
  readonly vault: TestVault
  /** The app of one test, with a cache of its own. */
  readonly app: (options: StageAppOptions) => Promise<StageApp>
}

/** The app of one test. */
export interface StageAppOptions {
  readonly tools: readonly AdapterTool[]
  /** Who is logged in. */
  readonly users: readonly TestUser[]
  /** What differs from the usual settings. */
  readonly settings?: Partial<AdapterSettings> | undefined
}

/** The app, with what its `onEvent` was told. */
export interface StageApp extends AdapterApp {
  readonly events: readonly ValetKeyEvent[]
  /** Login tokens by user id; take one away, and that user is logged out. */
  readonly sessions: Map<string, string>
}

/** Binds a framework to a vault. */
export function createStage(driver: AdapterDriver, vault: TestVault): AdapterStage {
  return {
    driver,
    vault,
    app: async ({ tools, users, settings }) => {
      const events: ValetKeyEvent[] = []
      const sessions = new Map<string, string>()
      for (const user of users) sessions.set(user.id, await user.accessToken())
      const { run } = driver.createApp({
        settings: {
          issuer: vault.issuer,
          clientId: vault.client.id,
          clientSecret: vault.client.secret,
          connectUrl: '/connect',
          onEvent: (event) => void events.push(event),
          ...settings,
        },
        accessTokenOf: (user) => sessions.get(user),
        tools,
      })
      return { run, events, sessions }
    },
  }
}

/** A tool, with how often it ran. */
export interface CountedTool extends AdapterTool {
  readonly runs: () => number
}

/** A tool that asks the provider whose token it was given. */
export function whoAmITool(
  vault: TestVault,
  connection: TestConnection,
  options: Partial<AdapterTool> & { readonly scopes?: readonly string[] } = {},
): CountedTool {
  let runs = 0
  const { scopes = defaultScopes[connection], ...overrides } = options
  return {
    name: `ask_${connection.replaceAll('-', '_')}`,
    wrappers: [{ connection, scopes }],
    isGenerator: false,
    execute: async ({ text }) => {
      runs += 1
      return { text, owner: await ownerOfToken(vault, connection, getAccessTokenForConnection()) }
    },
    ...overrides,
    runs: () => runs,
  }
}

const defaultScopes: Readonly<Record<TestConnection, readonly string[]>> = {
  'google-oauth2': [testScopes.email],
  github: [],
  'work-slack': [],
}

/** The answer of the provider's own API: user id of the token's owner. Throws with the status otherwise. */
export async function ownerOfToken(
  { emulator }: TestVault,
  connection: TestConnection,
  token: string,
): Promise<string> {
  const { provider } = testConnections[connection]
  const path = provider === 'google' ? '/google/v1/userinfo' : `/${provider}/user`
  const response = await fetch(`${emulator.url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (response.status !== 200) throw new ProviderAnswer(response.status)
  const body: unknown = await response.json()
  const owner =
    body instanceof Object && ('login' in body ? body.login : Reflect.get(body, 'email'))
  return String(owner).replace('@example.com', '')
}

/** An API of a provider said something other than 200. */
export class ProviderAnswer extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The provider answered ${status}`)
    this.status = status
  }
}

/** The outcome of one call; an error that says what there is when it is missing. */
export function outcomeOf(run: AdapterRun, id: string): AdapterOutcome {
  const outcome = run.outcomes.get(id)
  if (outcome !== undefined) return outcome
  throw new Error(`No outcome of ${id}, only of [${[...run.outcomes.keys()].join(', ')}]`)
}
