import { captureOutput } from '@valetkey-internal/testing'
import { createValetKeyClient } from '@valetkey/core'
import type { Fault } from '@valetkey/emulator'
import * as z from 'zod'
import { type CanaryApp, createCanaryApp, type TurnOutcome } from './canary-app.ts'
import { type CanaryWorld, MARKER, WRITE_EVENTS } from './canary-world.ts'
import type { Secrets } from './find-secrets.ts'
import { type RecordedExchange, recordTraffic, secretsOfTraffic } from './record-traffic.ts'

/** What the story leaves behind, to be searched. */
export interface CanaryStory {
  readonly app: CanaryApp
  /** How each scene ended: proof that it was played. */
  readonly scenes: Readonly<Record<string, TurnOutcome | string>>
  /** What was thrown at the app outside of tools. */
  readonly errors: readonly unknown[]
  readonly traffic: readonly RecordedExchange[]
  /** What the process of the app wrote to its console. */
  readonly output: string
  /** The vault's files in the middle of the story, at its end, and after the vault had stopped. */
  readonly files: Readonly<Record<string, ReadonlyMap<string, Uint8Array>>>
  readonly exitCode: number | NodeJS.Signals | null
  readonly secrets: Secrets
}

/** Answers of a provider that nobody should believe, some of which repeat what they were sent. */
function malformedAnswers(echo: string): readonly Fault[] {
  return [
    { kind: 'html', when: 'after' },
    { kind: 'truncated_body' },
    { kind: 'reset', when: 'midway' },
    { kind: 'not_an_object' },
    { kind: 'deep_json' },
    { kind: 'huge_body' },
    { kind: 'huge_token' },
    { kind: 'odd_types' },
    { kind: 'control_characters' },
    { kind: 'missing_expires_in' },
    { kind: 'missing_refresh_token' },
    { kind: 'server_error', when: 'after' },
    { kind: 'rate_limited', retryAfterSeconds: 1 },
    { kind: 'error', error: echo },
    { kind: 'error', error: `${echo} is no good`, status: 500 },
    { kind: 'error_in_200', error: echo },
    { kind: 'redirect', location: `http://127.0.0.1:9/?token=${echo}` },
  ]
}

/** Plays everything that can happen to a token, and keeps what anybody got to see of it. */
export async function playCanaryStory(world: CanaryWorld): Promise<CanaryStory> {
  const { emulator, vault } = world
  const recording = recordTraffic()
  const app = createCanaryApp(world)
  const scenes: Record<string, TurnOutcome | string> = {}
  const errors: unknown[] = []
  const failing = async (action: () => Promise<unknown>): Promise<string> => {
    try {
      await action()
      return 'worked'
    } catch (error) {
      errors.push(error)
      return 'failed'
    }
  }

  try {
    const { value, output } = await captureOutput(async () => {
      await playHappyScenes(world, app, scenes)
      const middle = world.files()
      await playProviderTroubles(world, app, scenes, failing)
      await playMisplacedSecrets(world, scenes)
      await playEndings(world, app, scenes, failing)
      const end = world.files()
      vault.child.kill('SIGTERM')
      const exitCode = await vault.ended
      scenes['vault is gone'] = await app.generate('user-0', 'whoAmI')
      return { files: { middle, end, 'after the stop': world.files() }, exitCode }
    })
    return {
      app,
      scenes,
      errors,
      traffic: recording.exchanges,
      output,
      ...value,
      secrets: secretsOf(world, recording.exchanges),
    }
  } finally {
    recording.stop()
    emulator.faults.clear()
  }
}

async function playHappyScenes(
  world: CanaryWorld,
  app: CanaryApp,
  scenes: Record<string, TurnOutcome | string>,
): Promise<void> {
  process.stderr.write(`${CONTROL_OUTPUT}\n`)
  const user = world.newUser()
  scenes['nothing is connected'] = await app.generate(user, 'whoAmI')
  scenes['connecting while the chat waits'] = await app.chat(user, 'whoAmI', () =>
    world.connect(user),
  )
  scenes['refresh on read'] = await app.generate(user, 'whoAmI')
  scenes['a scope is missing'] = await app.generate(user, 'write')
  scenes['step-up while the chat waits'] = await app.chat(user, 'write', () =>
    world.connect(user, { scopes: [WRITE_EVENTS] }),
  )
  await world.connect(user, { connection: 'github' })
  scenes['another provider'] = await app.chat(user, 'github')
  for (const toolName of ['echo', 'stream', 'failing', 'throwingText'] as const) {
    scenes[`${toolName}, generated`] = await app.generate(user, toolName)
    scenes[`${toolName}, in a chat`] = await app.chat(user, toolName)
  }

  const refused = world.newUser()
  await world.connect(refused)
  await app.generate(refused, 'whoAmI')
  world.emulator.expireAccessTokens({ provider: 'google', user: refused })
  scenes['forced refresh'] = await app.generate(refused, 'whoAmIAgain')
  scenes['a tool that is never content'] = await app.generate(refused, 'refused')
}

async function playProviderTroubles(
  world: CanaryWorld,
  app: CanaryApp,
  scenes: Record<string, TurnOutcome | string>,
  failing: (action: () => Promise<unknown>) => Promise<string>,
): Promise<void> {
  const { emulator, issuer, client } = world
  for (const [index] of malformedAnswers('').entries()) {
    const user = world.newUser()
    await world.connect(user)
    const { accessToken = '', refreshToken = '' } = lastIssued(world, user)
    const [fault] = malformedAnswers(index % 2 === 0 ? refreshToken : accessToken).slice(index)
    if (fault === undefined) throw new Error('There are as many faults for every echo')
    emulator.faults.add('google', { at: 'refresh', fault })
    const refresh = await fetch(`${issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...exchangeBy(client),
        subject_token: await emulator.issueLoginToken(user),
      }),
    })
    await refresh.text()
    emulator.faults.clear()

    emulator.faults.add('google', { at: 'token', fault })
    const connect = await failing(() => world.connect(user))
    emulator.faults.clear()
    scenes[`malformed ${index}: ${fault.kind}`] = `refresh ${refresh.status}, connect ${connect}`
  }

  const user = world.newUser()
  await world.connect(user)
  emulator.faults.add('google', { at: 'refresh', fault: { kind: 'server_error' }, times: 'always' })
  scenes['outage, generated'] = await app.generate(user, 'whoAmI')
  scenes['outage, in a chat'] = await app.chat(user, 'whoAmI')
  emulator.faults.clear()
}

/** Callers who put secrets where none belong, as people do by mistake. */
async function playMisplacedSecrets(
  { issuer, client, emulator, ...world }: CanaryWorld,
  scenes: Record<string, TurnOutcome | string>,
): Promise<void> {
  const user = world.newUser()
  await world.connect(user)
  const login = await emulator.issueLoginToken(user)
  const { accessToken: token = '' } = lastIssued({ emulator }, user)
  const usual = { ...exchangeBy(client), subject_token: login }
  const wrong: readonly Readonly<Record<string, string>>[] = [
    { audience: token },
    { audience: token, subject_token: token },
    { resource: `${issuer}connections/${token}` },
    { scope: token },
    { scope: `email ${token}`, subject_token: token },
    { login_hint: token },
    { force_refresh: token },
    { requested_token_type: token },
    { subject_token_type: token },
    { grant_type: token },
    { client_id: client.secret, client_secret: client.id },
    { client_id: token },
    { client_secret: token },
    { subject_token: token },
    { actor_token: token, actor_token_type: usual.subject_token_type },
    { connect: token },
    { [CONTROL_PARAMETER]: token },
  ]
  const statuses: number[] = []
  const send = async (url: string, init?: RequestInit): Promise<void> => {
    const response = await fetch(url, { ...init, redirect: 'manual' })
    statuses.push(response.status)
    await response.text()
  }
  for (const change of wrong) {
    const body = { ...usual, ...change }
    await send(`${issuer}oauth/token`, { method: 'POST', body: new URLSearchParams(body) })
    await send(`${issuer}oauth/token`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  }
  const bearer = { headers: { authorization: `Bearer ${token}`, cookie: `session=${token}` } }
  const query = new URLSearchParams({ ...usual, code: token, state: token, ticket: token })
  for (const path of [
    'oauth/token',
    'connect',
    'callback/google-oauth2',
    `callback/${token}`,
    `errors/${token}`,
    `connect/${token}`,
    `me/v1/connected-accounts/accounts`,
    `me/v1/connected-accounts/accounts/${token}`,
    token,
  ]) {
    await send(`${issuer}${path}?${query}`, bearer)
    await send(`${issuer}${path}?${query}`, { ...bearer, method: 'DELETE' })
  }
  const basic = Buffer.from(`${client.secret}:${client.id}`).toString('base64')
  await send(`${issuer}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(usual),
    headers: { authorization: `Basic ${basic}` },
  })
  const account = await (
    await fetch(`${issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...usual, audience: `${issuer}me/` }),
    })
  ).json()
  for (const change of [
    { connection: token },
    { scopes: [token] },
    { redirect_uri: `${client.redirectUri}?token=${token}` },
    { authorization_params: { [token]: token } },
    { [token]: token },
  ]) {
    await send(`${issuer}me/v1/connected-accounts/connect`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${MyAccountToken.parse(account).access_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        connection: 'google-oauth2',
        redirect_uri: client.redirectUri,
        ...change,
      }),
    })
  }
  scenes['misplaced secrets'] = statuses.toSorted((one, two) => one - two).join(' ')
}

const MyAccountToken = z.object({ access_token: z.string() })

/** Written to the console of the app's process: the capture that does not hold it holds nothing. */
export const CONTROL_OUTPUT = 'control-output-of-the-canary-suite'

/** A parameter that the vault does not know: its log names it, and nothing of its value (RV-04). */
export const CONTROL_PARAMETER = 'control_parameter_of_the_canary_suite'

async function playEndings(
  world: CanaryWorld,
  app: CanaryApp,
  scenes: Record<string, TurnOutcome | string>,
  failing: (action: () => Promise<unknown>) => Promise<string>,
): Promise<void> {
  const { emulator, issuer, client } = world
  const revoked = world.newUser()
  await world.connect(revoked)
  await app.generate(revoked, 'whoAmI')
  emulator.revokeGrant({ provider: 'google', user: revoked, clientId: 'vault-at-google' })
  scenes['revoked at the provider'] = await app.generate(revoked, 'whoAmI')
  scenes['revoked, and connected again'] = await app.chat(revoked, 'whoAmI', () =>
    world.connect(revoked),
  )

  const leaving = world.newUser()
  const account = await world.connect(leaving)
  const { refreshToken = '' } = lastIssued(world, leaving)
  const as = async (clientSecret: string) =>
    createValetKeyClient({
      issuer,
      clientId: client.id,
      clientSecret,
      accessToken: await emulator.issueLoginToken(leaving),
    })
  await (await as(client.secret)).connectedAccounts().deleteAccount(account.id)
  await emulator.log.arrival({ route: 'revoke', token: refreshToken })
  scenes['disconnected'] = await app.generate(leaving, 'whoAmI')

  const wrong = await as(`${client.secret}-but-wrong`)
  scenes['wrong client secret'] = await failing(() =>
    wrong.getAccessTokenForConnection({ connection: 'google-oauth2' }),
  )
  scenes['wrong login token'] = await failing(() =>
    createValetKeyClient({
      issuer,
      clientId: client.id,
      clientSecret: client.secret,
      accessToken: refreshToken,
    }).getAccessTokenForConnection({ connection: 'google-oauth2' }),
  )
  scenes['no such connection'] = await failing(async () =>
    (await as(client.secret)).getAccessTokenForConnection({ connection: 'no-such-connection' }),
  )
}

/** The usual exchange, but for the subject. */
function exchangeBy({ id, secret }: CanaryWorld['client']) {
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: id,
    client_secret: secret,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: 'google-oauth2',
  }
}

/** The newest tokens that the provider issued to a user. */
function lastIssued(
  { emulator }: Pick<CanaryWorld, 'emulator'>,
  user: string,
): { readonly accessToken?: string | undefined; readonly refreshToken?: string | undefined } {
  const issued = emulator.log
    .entries({ provider: 'google', route: 'token', user })
    .map((entry) => entry.issued)
  return {
    accessToken: issued.findLast(({ accessToken }) => accessToken !== undefined)?.accessToken,
    refreshToken: issued.findLast(({ refreshToken }) => refreshToken !== undefined)?.refreshToken,
  }
}

/** Everything that has to stay secret, from all who knew it. */
function secretsOf(
  { emulator, environment }: CanaryWorld,
  traffic: readonly RecordedExchange[],
): Secrets {
  const secrets = new Map<string, string | Uint8Array>([
    ['a token or code of some provider', MARKER],
    ['root key as written', environment['ROOT_KEY'] ?? ''],
    ['root key', Buffer.from(environment['ROOT_KEY'] ?? '', 'base64url')],
    ['client secret', environment['AGENT_SECRET'] ?? ''],
    ['client secret at Google', environment['GOOGLE_SECRET'] ?? ''],
    ['client secret at GitHub', environment['GITHUB_SECRET'] ?? ''],
  ])
  const values = new Set<string | Uint8Array>(secrets.values())
  const keep = (name: string, value: string | undefined): void => {
    if (value === undefined || value.length < 16 || values.has(value)) return
    values.add(value)
    secrets.set(`${name} #${values.size}`, value)
  }
  for (const { provider, parameters, presented, issued } of emulator.log.entries()) {
    for (const group of [presented, issued]) {
      for (const [kind, value] of Object.entries(group)) keep(`${kind} of ${provider}`, value)
    }
    for (const name of ['code_verifier', 'state', 'nonce', 'id_token']) {
      keep(`${name} at ${provider}`, parameters[name])
    }
  }
  for (const { name, value } of secretsOfTraffic(traffic)) {
    keep(name, value)
    // A JWT without its signature could still be used nowhere; its signature alone is secret enough.
    const [, , signature] = value.split('.')
    keep(`signature of ${name}`, signature)
  }
  return secrets
}
