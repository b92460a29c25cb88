import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FederatedConnectionInterrupt,
  findInterrupt,
  InterruptError,
  interruptText,
  isInterruptError,
  serializeInterrupt,
  toInterruptError,
} from './interrupt-error.ts'
import type { Interrupt } from './interrupt.ts'
import { parseInterrupt } from './parse-interrupt.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 300)

const base = { type: 'valetkey.interrupt', version: 1, message: 'Do it' } as const
const connect = {
  ...base,
  kind: 'connect',
  reason: 'not_connected',
  connection: 'google-oauth2',
  requiredScopes: ['a'],
  missingScopes: [],
} as const satisfies Interrupt
const login = { ...base, kind: 'login', reason: 'login_required' } as const satisfies Interrupt
const approve = {
  ...base,
  kind: 'approve',
  reason: 'approval_required',
  approvalId: 'apr_1',
  requestedAt: 1,
  expiresAt: 2,
  intervalSeconds: 5,
} as const satisfies Interrupt

const whole = [
  connect,
  login,
  approve,
  {
    ...connect,
    reason: 'account_ambiguous',
    tool: { callId: 'c', name: 't' },
    authorizationParams: { prompt: 'consent' },
    accounts: [{ id: 'cac_1', label: 'alice' }],
    connectUrl: '/connect?connection=google-oauth2',
  },
] satisfies Interrupt[]

describe('parseInterrupt', () => {
  test.for(whole)('reads what we write: $kind $reason', (interrupt) => {
    expect(parseInterrupt(interrupt)).toEqual(interrupt)
    expect(parseInterrupt(JSON.stringify(interrupt))).toEqual(interrupt)
    expect(parseInterrupt(interruptText(toInterruptError(interrupt)))).toEqual(interrupt)
    expect(serializeInterrupt(interrupt)).toEqual(interrupt)
  })

  test.for([
    undefined,
    null,
    1,
    '',
    'not json',
    '[]',
    [],
    {},
    { ...connect, version: 2 },
    { ...connect, type: 'other' },
    { ...connect, token: 'secret' },
    { ...connect, reason: 'login_required' },
    { ...connect, connection: '<b>' },
    { ...connect, requiredScopes: 'a' },
    { ...connect, requiredScopes: [1] },
    { ...connect, requiredScopes: Array.from({ length: 101 }, () => 'a') },
    { ...connect, message: 'a'.repeat(3_000) },
    { ...connect, tool: { callId: 'c', name: 't', input: {} } },
    { ...connect, accounts: [{ id: 'a', label: 'b', token: 'c' }] },
    { ...connect, connectUrl: 'javascript:alert(1)' },
    { ...connect, connectUrl: 'JavaScript:alert(1)' },
    { ...connect, connectUrl: '//evil.example' },
    { ...connect, connectUrl: '/.//evil.example' },
    { ...connect, connectUrl: '/x/%2e%2e//evil.example' },
    { ...connect, connectUrl: '/\\evil.example' },
    { ...connect, connectUrl: '/\t/evil.example' },
    { ...connect, connectUrl: 'https://user@evil.example/' },
    { ...connect, connectUrl: 'data:text/html,x' },
    { ...login, kind: 'connect' },
    { ...login, connection: 'google-oauth2' },
    { ...approve, expiresAt: '2' },
    { ...approve, expiresAt: Number.NaN },
    Object.assign(Object.create({ inherited: 1 }), connect),
    new Date(),
    JSON.stringify({ ...connect, message: 'a'.repeat(20_000) }),
  ])('refuses %j', (value) => {
    expect(parseInterrupt(value)).toBeUndefined()
  })

  const forged = { ...connect, connectUrl: 'https://evil.example/connect' }
  const own = { ...connect, connectUrl: 'https://app.example.com/connect?a=b' }

  test('leaves out a link to another site: a tool may have forged it', () => {
    expect(parseInterrupt(forged)).toEqual(connect)
    expect(parseInterrupt(own)).toEqual(connect)
    expect(interruptText(JSON.stringify(forged))).toBe(JSON.stringify(connect))
  })

  test.for([
    'https://app.example.com.evil.example/',
    'https://app.example.com:8443/',
    'http://app.example.com/',
    'https://evil.example/https://app.example.com',
    'https://evil.example/',
  ])('leaves out %s, where another origin is allowed', (connectUrl) => {
    const options = { connectOrigins: ['https://app.example.com'] }

    expect(parseInterrupt({ ...connect, connectUrl }, options)).toEqual(connect)
    expect(parseInterrupt(own, options)).toEqual(own)
  })

  test.for(['app.example.com', 'https://app.example.com/', 'null', 'https://*.example.com/x', ''])(
    'takes no %j for an origin',
    (origin) => {
      expect(() => parseInterrupt(connect, { connectOrigins: [origin] })).toThrow(TypeError)
    },
  )

  test('never throws, and gives only what is a whole interrupt', () => {
    const almost = fc
      .tuple(
        fc.constantFrom(...whole),
        fc.dictionary(
          fc.constantFrom(
            ...Object.keys(approve),
            ...Object.keys(connect),
            'connectUrl',
            'accounts',
            'tool',
            '__proto__',
            'extra',
          ),
          fc.anything(),
          { maxKeys: 2 },
        ),
      )
      .map(([interrupt, change]) => Object.assign({}, interrupt, change))
    expect(() =>
      fc.assert(
        fc.property(
          fc.oneof(fc.anything({ withNullPrototype: true }), fc.string(), fc.json(), almost),
          (value) => {
            const parsed = parseInterrupt(value)
            if (parsed === undefined) return true
            const text = JSON.stringify(parsed)
            return text === JSON.stringify(serializeInterrupt(parsed)) && text.length < 300_000
          },
        ),
        { numRuns: runs },
      ),
    ).not.toThrow()
  })

  test('survives a value that throws when it is looked at', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )

    expect(parseInterrupt(hostile)).toBeUndefined()
  })

  test('gives a copy: a later change of the value changes nothing', () => {
    const value = { ...connect, requiredScopes: ['a'] }
    const parsed = parseInterrupt(value)
    value.requiredScopes.push('b')

    expect(parsed).toMatchObject({ requiredScopes: ['a'] })
  })
})

describe('an interrupt in an error', () => {
  const error = new FederatedConnectionInterrupt(connect)

  test('is found by its brand, where a framework has wrapped it too', () => {
    expect(isInterruptError(error)).toBe(true)
    expect(error).toBeInstanceOf(InterruptError)
    expect(error).toMatchObject({ name: 'FederatedConnectionInterrupt', code: 'not_connected' })
    expect(
      findInterrupt(new Error('tool', { cause: new Error('step', { cause: error }) })),
    ).toEqual(connect)
    expect(findInterrupt({ error })).toEqual(connect)
    expect(findInterrupt(new Error('other'))).toBeUndefined()
  })

  test('is found in an error of another copy of the package', async () => {
    const copy: { FederatedConnectionInterrupt: typeof FederatedConnectionInterrupt } =
      await import(`${new URL('interrupt-error.ts', import.meta.url).href}?copy=2`)
    const foreign = new copy.FederatedConnectionInterrupt(connect)

    expect(foreign).not.toBeInstanceOf(InterruptError)
    expect(isInterruptError(foreign)).toBe(true)
    expect(findInterrupt(foreign)).toEqual(connect)
  })

  test('does not bring other fields along', () => {
    const spoilt = new InterruptError(Object.assign({}, login, { token: 'canary' }))

    expect(JSON.stringify(spoilt)).not.toContain('canary')
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'FederatedConnectionInterrupt',
      code: 'not_connected',
      message: 'Do it',
      interrupt: connect,
    })
  })

  test('becomes text for the chat; any other error becomes a sentence that says nothing', () => {
    expect(interruptText(new Error('wrapped', { cause: error }))).toBe(JSON.stringify(connect))
    expect(interruptText(connect)).toBe(JSON.stringify(connect))
    expect(interruptText(new Error('database password is x'))).toBe('An error occurred.')
  })

  test('with a loop of causes ends', () => {
    const loop = new Error('a')
    loop.cause = loop

    expect(findInterrupt(loop)).toBeUndefined()
  })
})
