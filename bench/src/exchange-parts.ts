import type { CallFrame } from './cpu-profile.ts'

/**
 * The parts of an exchange by the modules that do them, names or beginnings of names. What serves several parts (the
 * database, hashing, reading of rows) is in none: it counts for whoever called it.
 */
const MODULES = {
  client: [
    'src/http/gates/client-authentication.ts',
    'src/use-cases/authenticate-client.ts',
    'src/config/configured-clients.ts',
  ],
  subject: [
    'src/authorization-server/',
    'src/use-cases/verify-parties.ts',
    'src/storage/record-store.ts',
  ],
  row: ['src/storage/account-', 'src/storage/user-store.ts', 'src/storage/consent-store.ts'],
  open: [
    'src/crypto/sealer.ts',
    'src/crypto/sealed-box.ts',
    'src/use-cases/refresh-account.ts',
    'src/use-cases/seal-contexts.ts',
  ],
  policy: [
    'src/use-cases/exchange-token.ts',
    'src/domain/decide-',
    'src/config/configured-connections.ts',
  ],
  audit: [
    'src/use-cases/record-audit.ts',
    'src/use-cases/subject-details.ts',
    'src/storage/audit-',
    'src/storage/canonical-json.ts',
  ],
  HTTP: [
    'src/http/',
    'src/listen.ts',
    'src/operate-vault.ts',
    'src/in-flight.ts',
    'src/logging/',
    'hono',
    '@hono/node-server',
    'node:_http_',
    'node:net',
    'node:internal/http',
    'node:internal/stream',
    'node:internal/deps/undici/',
  ],
} as const satisfies Record<string, readonly string[]>

/** What the profiler names instead of a function. */
const NOT_OF_JAVASCRIPT: ReadonlyMap<string, ExchangePart> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'outside of JavaScript'],
])

export type ExchangePart =
  | keyof typeof MODULES
  | 'garbage collection'
  | 'outside of JavaScript'
  /** Whatever matches nothing above. */
  | 'other'

export const EXCHANGE_PARTS: readonly ExchangePart[] = [
  'client',
  'subject',
  'row',
  'open',
  'policy',
  'audit',
  'HTTP',
  'garbage collection',
  'outside of JavaScript',
  'other',
]

/** The part that a frame stands for; `undefined` when the one that called it must tell. */
export function exchangePartOf(
  frame: CallFrame,
  moduleOf: (frame: CallFrame) => string | undefined,
): ExchangePart | undefined {
  const named = NOT_OF_JAVASCRIPT.get(frame.functionName)
  if (named !== undefined) return named
  const module = moduleOf(frame)
  if (module === undefined) return undefined
  return EXCHANGE_PARTS.find((part) => modulesOf(part).some((name) => module.startsWith(name)))
}

function modulesOf(part: ExchangePart): readonly string[] {
  return Object.entries(MODULES).find(([name]) => name === part)?.[1] ?? []
}
