import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createValetKeyClient,
  FederatedConnectionError,
  getAccessTokenForConnection,
  getCredentialsForConnection,
  type PlainCall,
  type TokenForConnectionOptions,
} from '../src/index.ts'
import { aClient, aKeyClient, testRuntime } from './builders.ts'
import { startModelVault, tokenAnswer, tokenFor } from './model-vault.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 300)

// Few values, so that calls often differ in one part only; made to collide where a key is glued
// together carelessly.
const call = fc.record({
  isShared: fc.boolean(),
  wave: fc.nat(2),
  subject: fc.constantFrom('a', 'a","b', 'a\u0000b'),
  kind: fc.constantFrom('refreshToken', 'accessToken', 'subjectToken', 'signedSubject'),
  actor: fc.constantFrom(undefined, 'a', '["a"]'),
  hint: fc.constantFrom(undefined, undefined, 'x', 'x,y'),
  connection: fc.constantFrom('google', 'github'),
  scopes: fc.constantFrom([], ['x'], ['y', 'x'], ['x,y']),
  ticks: fc.nat(3),
  after: fc.constantFrom('nothing', 'nothing', 'advance', 'refuse', 'nest'),
})
type Call = (typeof call extends fc.Arbitrary<infer Value> ? Value : never) & {
  readonly run?: () => Promise<void>
}

const types = {
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  subjectToken: 'urn:ietf:params:oauth:token-type:jwt',
  // For one wrapper for all: so that it differs from the others there.
  signedSubject: 'urn:ietf:params:oauth:token-type:id_token',
} as const

async function afterTicks<Value>(ticks: number, value: Value): Promise<Value> {
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
  return value
}

/** One wrapper per call, or one for all calls that differ in the user, the agent and the account. */
function optionsOf(one: Call): TokenForConnectionOptions<PlainCall<unknown, Call>> {
  const { connection, scopes, kind, subject, ticks, hint, actor } = one
  if (one.isShared) {
    const who = (call: PlainCall<unknown, Call>): Call => call.context ?? one
    return {
      connection,
      scopes,
      ...(hint === undefined
        ? {}
        : { loginHint: (call: PlainCall<unknown, Call>) => who(call).hint }),
      ...(actor === undefined
        ? {}
        : { actorToken: (call: PlainCall<unknown, Call>) => who(call).actor }),
      subjectToken: (call: PlainCall<unknown, Call>) => {
        const token = { token: who(call).subject, type: types[who(call).kind] }
        return who(call).ticks === 0 ? token : afterTicks(who(call).ticks, token)
      },
    }
  }
  const source = ticks === 0 ? subject : () => afterTicks(ticks, subject)
  return {
    connection,
    scopes,
    loginHint: hint,
    ...(actor === undefined ? {} : { actorToken: actor }),
    ...(kind === 'subjectToken'
      ? { subjectToken: { token: subject, type: types[kind] } }
      : { [kind]: source }),
  }
}

const issuer = 'https://vault.example.com/'

/** The model vault without a network: thousands of exchanges in a second. */
const modelFetch: typeof fetch = async (_url, init) => {
  const form = Object.fromEntries(
    new URLSearchParams(init?.body instanceof URLSearchParams ? init.body : ''),
  )
  const user = signedUser(form['subject_token'] ?? '')
  if (user !== undefined) Object.assign(form, { subject_token: user, subject_token_type: 'signed' })
  for (let tick = form['subject_token']?.length ?? 0; tick > 0; tick -= 1) await Promise.resolve()
  const seen = { method: 'POST', path: '/oauth/token', headers: {}, form, body: '' }
  const answer = tokenAnswer(seen, { expires_in: 600, account: 'cac_a', generation: 1 })
  return Response.json(answer.json)
}

/** Whom a JWT that the client signed is about. */
function signedUser(token: string): string | undefined {
  const [header = '', claims = ''] = token.split('.')
  const decode = (part: string): string => Buffer.from(part, 'base64url').toString()
  if (!decode(header).includes('token-vault-req+jwt')) return undefined
  return String((JSON.parse(decode(claims)) as { sub: unknown }).sub)
}

/** The token the vault gives for exactly this call. */
function expected({ subject, kind, actor, connection, hint, scopes, isShared }: Call): string {
  const scopeList = scopes.toSorted((one, other) => (one < other ? -1 : 1)).join(' ')
  return tokenFor({
    form: JSON.parse(
      JSON.stringify({
        subject_token: subject,
        subject_token_type: kind === 'signedSubject' && !isShared ? 'signed' : types[kind],
        actor_token: actor,
        audience: connection,
        login_hint: hint,
        scope: scopeList === '' ? undefined : scopeList,
      }),
    ),
  })
}

test('no interleaving of users, agents, hints or scopes hands out another token', async () => {
  const property = fc.asyncProperty(
    fc.array(call, { minLength: 10, maxLength: 30, size: 'max' }),
    fc.constantFrom<'memory' | 'off'>('memory', 'off'),
    fc.integer({ min: 1, max: 30 }),
    async (calls, cache, cacheEntries) => {
      const runtime = testRuntime()
      const owner = aKeyClient(issuer, { cache, cacheEntries, fetch: modelFetch }, runtime)
      const client = createValetKeyClient<Call>({ client: owner })
      const shared = new Map<string, (input: undefined, details: { context: Call }) => unknown>()
      const toolOf = (one: Call): NonNullable<ReturnType<(typeof shared)['get']>> => {
        const { connection, scopes, hint, actor } = one
        const name = JSON.stringify([connection, scopes, hint === undefined, actor === undefined])
        const known = one.isShared ? shared.get(name) : undefined
        if (known !== undefined) return known
        const tool = client.withTokenForConnection(optionsOf(one), async (_input, { context }) => {
          await context?.run?.()
        })
        if (one.isShared) shared.set(name, tool)
        return tool
      }
      const play = async (one: Call): Promise<boolean> => {
        let hasRun = false
        let isRight = true
        const check = (): void => {
          hasRun = true
          isRight &&= getAccessTokenForConnection() === expected(one)
          isRight &&= getCredentialsForConnection(one.connection).connection === one.connection
        }
        const run = async (): Promise<void> => {
          check()
          await afterTicks(one.ticks, undefined)
          check()
          if (one.after === 'advance') runtime.seconds += 250
          if (one.after === 'nest') {
            const other = { connection: 'slack', accessToken: `other of ${one.subject}` }
            await client.withTokenForConnection(other, () => {
              isRight &&= getAccessTokenForConnection(one.connection) === expected(one)
            })()
            check()
          }
          if (one.after === 'refuse') throw new FederatedConnectionError('401')
        }
        try {
          await toolOf(one)(undefined, { context: { ...one, run } })
        } catch (error) {
          // Only a refusal on purpose may fail.
          if (one.after !== 'refuse') throw error
        }
        return hasRun && isRight
      }
      const outcomes: boolean[] = []
      for (const wave of [0, 1, 2]) {
        const now = calls.filter((one) => one.wave === wave)
        outcomes.push(...(await Promise.all(now.map(play))))
      }
      return outcomes.every(Boolean)
    },
  )

  await expect(fc.assert(property, { numRuns: runs })).resolves.toBeUndefined()
}, 600_000)

test('the property can fail: a wrong token would be seen', async () => {
  await using vault = await startModelVault((request) =>
    tokenAnswer(request, { access_token: 'the-same-token-for-all' }),
  )
  const seen = aClient(vault.issuer).withTokenForConnection({ connection: 'google' }, () => {
    return getAccessTokenForConnection() === tokenFor({ form: { audience: 'google' } })
  })

  expect(await seen()).toBe(false)
})
