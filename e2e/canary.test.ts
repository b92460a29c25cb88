import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOOL_RESULT } from './src/canary-app.ts'
import {
  type CanaryStory,
  CONTROL_OUTPUT,
  CONTROL_PARAMETER,
  playCanaryStory,
} from './src/canary-story.ts'
import { type CanaryWorld, startCanaryWorld } from './src/canary-world.ts'
import { createSecretSearch, type SecretSearch, spellingsOf } from './src/find-secrets.ts'

let world: CanaryWorld
let story: CanaryStory
let search: SecretSearch
beforeAll(async () => {
  world = await startCanaryWorld()
  story = await playCanaryStory(world)
  search = createSecretSearch(story.secrets)
})
afterAll(() => world.close())

test('the story was played: every scene ended as it should', () => {
  const { scenes, exitCode } = story
  const worked = { code: undefined, reasons: [] }
  const failed = { code: 'no code', reasons: [] }

  expect(scenes).toMatchObject({
    'nothing is connected': { code: 'not_connected', reasons: ['not_connected'] },
    'connecting while the chat waits': worked,
    'refresh on read': worked,
    'a scope is missing': { code: 'scopes_missing', reasons: ['scopes_missing'] },
    'step-up while the chat waits': worked,
    'another provider': worked,
    'echo, generated': worked,
    'echo, in a chat': worked,
    'stream, generated': worked,
    'stream, in a chat': worked,
    'failing, generated': failed,
    'failing, in a chat': failed,
    'throwingText, generated': failed,
    'throwingText, in a chat': failed,
    'forced refresh': worked,
    'outage, generated': { code: 'provider_unavailable', reasons: [] },
    'outage, in a chat': { code: 'provider_unavailable', reasons: [] },
    'revoked at the provider': { code: 'reconnect_required', reasons: ['reconnect_required'] },
    'revoked, and connected again': worked,
    disconnected: { code: 'not_connected', reasons: ['not_connected'] },
    'wrong client secret': 'failed',
    'wrong login token': 'failed',
    'no such connection': 'failed',
    'vault is gone': { code: 'vault_unavailable', reasons: [] },
  })
  const malformed = Object.entries(scenes).filter(([name]) => name.startsWith('malformed'))
  expect(malformed.filter(([, end]) => end === 'refresh 503, connect failed')).toHaveLength(15)
  expect(malformed.filter(([, end]) => end === 'refresh 200, connect worked')).toHaveLength(2)
  expect(exitCode).toBe(0)
})

test('the secrets are all kinds of secrets', () => {
  const kinds = new Set([...story.secrets.keys()].map((name) => name.replace(/ #\d+$/, '')))

  expect([...kinds]).toEqual(
    expect.arrayContaining([
      'accessToken of github',
      'accessToken of google',
      'auth_session',
      'client secret',
      'client secret at Google',
      'code of google',
      'code_verifier',
      'code_verifier at google',
      'connect_code',
      'cookie',
      'form_token',
      'nonce at google',
      'refreshToken of google',
      'root key',
      'signature of subject_token',
      'state at google',
      'subject_token',
      'ticket',
    ]),
  )
  expect(story.secrets.size).toBeGreaterThan(500)
})

describe('the search', () => {
  test('finds a secret in any spelling, wherever it stands', () => {
    const secret = 'emu-at-google-CaNaRy/ToKeN+0123456789=='
    const { findIn } = createSecretSearch(new Map([['it', secret]]))
    const places = ['', 'a', 'ab', 'abc', 'Authorization: Bearer ', 'user:'].flatMap((before) =>
      ['', 'z', 'zy', '\r\n'].map((after) => before + secret + after),
    )

    for (const place of places) {
      for (const text of [
        place,
        JSON.stringify({ deep: [place] }),
        encodeURIComponent(place),
        Buffer.from(place).toString('base64'),
        Buffer.from(place).toString('base64url'),
        Buffer.from(place).toString('hex'),
        Buffer.from(place).toString('hex').toUpperCase(),
        Buffer.from(place, 'utf16le'),
      ]) {
        expect(findIn(text)).not.toEqual([])
      }
    }
    expect(findIn(secret.slice(1))).toEqual([])
  })

  test('finds the secrets of the story in what it searched, when they are put there', () => {
    const file = story.files['after the stop']?.get('vault.db') ?? new Uint8Array()
    const half = file.length >> 1

    for (const [name, secret] of [...story.secrets].slice(0, 40)) {
      for (const [spelling, text] of Object.entries(spellingsOf(secret))) {
        const planted = Buffer.concat([
          file.subarray(half - 64, half),
          Buffer.from(text, 'latin1'),
          file.subarray(half, half + 64),
        ])
        expect(search.findIn(planted)).toContain(`${name} (${spelling})`)
      }
    }
  })
})

describe('no secret is', () => {
  test("RV-04: in the vault's log, which has names of parameters and no values", () => {
    const log = world.vault.stderr()

    expect(log).toContain(CONTROL_PARAMETER)
    expect(log.split('\n').length).toBeGreaterThan(300)
    expectClean(log)
    expect(world.vault.stdout()).toBe('')
  })

  test.each(['middle', 'end', 'after the stop'])(
    'in any file that the vault keeps (%s)',
    (moment) => {
      const files = story.files[moment] ?? new Map<string, Uint8Array>()
      const bytes = Buffer.concat([...files.values()])

      expect([...files.keys()]).toEqual(
        expect.arrayContaining(
          moment === 'after the stop'
            ? ['vault.db', 'heads.jsonl']
            : ['vault.db', 'vault.db-shm', 'vault.db-wal'],
        ),
      )
      expect(bytes.includes('user-0@example.com')).toBe(true)
      expectClean(bytes)
    },
  )

  test('in the audit log, which has recorded it all', () => {
    const events = readAuditLog(story.files['after the stop']?.get('vault.db'))

    for (const type of [
      'account.connected',
      'account.disconnected',
      'account.refreshed',
      'account.refresh_failed',
      'account.state_changed',
      'connect.refused',
      'provider.revoked',
      'token.exchanged',
      'token.exchange_refused',
    ]) {
      expect(events.join('\n')).toContain(`"${type}"`)
    }
    expectClean(events.join('\n'))
  })

  test('in prompts, steps, messages and stream chunks', () => {
    const { conversation } = story.app.seen

    for (const text of writtenOut(conversation)) {
      expect(text).toContain(TOOL_RESULT)
      expect(text).toContain('[redacted]')
      expect(text).toContain('tool-approval-request')
      expectClean(text)
    }
  })

  test('in errors, their causes, stacks and hidden members', () => {
    const errors = [...story.app.seen.errors, ...story.errors]

    expect(errors.length).toBeGreaterThan(20)
    expectClean(
      [
        ...writtenOut(errors),
        inspect(errors, { ...WHOLE, showHidden: true }),
        ...errors.map(String),
        ...errors.map((error) => (error instanceof Error ? error.stack : '')),
      ].join('\n'),
    )
    const codes = errors.map((error) =>
      error instanceof Error && 'code' in error ? error.code : '',
    )
    expect(codes).toEqual(
      expect.arrayContaining(['not_connected', 'provider_unavailable', 'vault_unavailable']),
    )
  })

  test('in interrupts and events', () => {
    const { interrupts, events } = story.app.seen

    expect(interrupts.map(({ interrupt }) => interrupt.reason)).toEqual(
      expect.arrayContaining(['not_connected', 'scopes_missing', 'reconnect_required']),
    )
    expect(events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['exchange_failed', 'exchange_succeeded', 'token_redacted']),
    )
    for (const text of [...writtenOut(interrupts), ...writtenOut(events)]) expectClean(text)
  })

  test("on the app's console", () => {
    expect(story.output).toContain(CONTROL_OUTPUT)
    expectClean(story.output)
  })

  test('in an answer of the vault that refuses something', () => {
    const answers = story.traffic
      .filter(({ url, status }) => url.startsWith(world.issuer) && status >= 400)
      .map(({ status, responseHeaders, responseBody }) =>
        inspect([status, [...responseHeaders], responseBody], WHOLE),
      )

    expect(answers.length).toBeGreaterThan(80)
    expect(answers.join('\n')).toContain('vault_error')
    expect(answers.join('\n')).toContain('connection_not_allowed')
    expectClean(answers.join('\n'))
  })

  test('on a page, but the ticket and the token of its own form', () => {
    const pages = story.traffic.filter(
      ({ url, responseHeaders }) =>
        url.startsWith(world.issuer) &&
        responseHeaders.get('content-type')?.startsWith('text/html') === true,
    )
    const text = pages.map(({ responseBody }) => responseBody).join('\n')

    expect(text).toContain('Continue to')
    expect(text).toContain('This link is not valid any more')
    expect(foundIn(text).length).toBeGreaterThan(0)
    expect(foundIn(text, ['ticket', 'form_token'])).toEqual([])
  })

  test('in an address that the vault sends a browser to, but what belongs to its reader', () => {
    const locations = story.traffic.flatMap(({ url, responseHeaders }) =>
      url.startsWith(world.issuer) ? (responseHeaders.get('location') ?? []) : [],
    )
    const toProvider = locations.filter((location) => location.startsWith(world.emulator.url))
    const toApp = locations.filter((location) => location.startsWith(world.client.redirectUri))

    expect(toProvider.length + toApp.length).toBe(locations.length)
    expect(foundIn(toProvider.join('\n'))).not.toEqual([])
    expect(foundIn(toProvider.join('\n'), ['state', 'nonce'])).toEqual([])
    expect(foundIn(toApp.join('\n'))).not.toEqual([])
    expect(foundIn(toApp.join('\n'), ['connect_code'])).toEqual([])
  })
})

const WHOLE = {
  depth: Infinity,
  maxArrayLength: Infinity,
  maxStringLength: Infinity,
} as const

/** A JWT, of whichever issuer: ID tokens are in nobody's list. */
const JWT = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/

function expectClean(haystack: string | Uint8Array): void {
  expect(foundIn(haystack)).toEqual([])
  expect(JWT.exec(Buffer.from(haystack).toString('latin1'))?.[0].slice(0, 8)).toBeUndefined()
}

/** Names of the secrets in it, those of some kinds left out. */
function foundIn(
  haystack: string | Uint8Array,
  allowed: readonly string[] = [],
): readonly string[] {
  return search.findIn(haystack).filter((name) => !allowed.some((kind) => name.startsWith(kind)))
}

/** As a log would print it, and as a database would keep it. */
function writtenOut(value: unknown): readonly [string, string] {
  const seen = new WeakSet<object>()
  const json = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member)
    if (typeof member !== 'object' || member === null) return member
    if (seen.has(member)) return '[seen]'
    seen.add(member)
    if (!(member instanceof Error)) return member
    // JSON leaves out what errors say.
    const { name, message, cause } = member
    return Object.assign(Object.fromEntries(Object.entries(member)), { name, message, cause })
  })
  return [inspect(value, WHOLE), json]
}

/** Every record, as JSON. */
function readAuditLog(database: Uint8Array = new Uint8Array()): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-canary-audit-'))
  try {
    writeFileSync(join(folder, 'vault.db'), database)
    const connection = new DatabaseSync(join(folder, 'vault.db'), { readOnly: true })
    const rows = connection.prepare('select event from audit_events').all()
    connection.close()
    return rows.map(({ event }) => String(event))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
