// Written by hand, not with zod: this runs in browsers, where zod's compiled parsers trip a
// Content-Security-Policy without 'unsafe-eval', and where every kilobyte is loaded by every user.
import type { ApproveInterrupt, ConnectInterrupt, Interrupt, LoginInterrupt } from './interrupt.ts'

/** The longest text that is looked at; an interrupt as we write it stays far below. */
const maxTextLength = 65_536
const maxStringLength = 2_048
/** It carries the scopes, of which one provider alone has long ones. */
const maxUrlLength = 8_192
const maxListLength = 100
const anyOrigin = 'https://app.invalid'

const baseFields = ['type', 'version', 'kind', 'reason', 'message', 'tool']
const connectFields = [
  ...baseFields,
  'connection',
  'requiredScopes',
  'missingScopes',
  'authorizationParams',
  'accounts',
  'connectUrl',
]
const approveFields = [...baseFields, 'approvalId', 'requestedAt', 'expiresAt', 'intervalSeconds']

/** Options of {@link parseInterrupt}. */
export interface ParseInterruptOptions {
  /**
   * Origins, such as `https://app.example.com`, that a `connectUrl` may lead to besides paths of the
   * app itself. Default none.
   */
  readonly connectOrigins?: readonly string[] | undefined
}

/**
 * The interrupt in a value of unknown origin, or `undefined`. Takes the object or its JSON text.
 * Strict: an unknown field, a wrong type, an oversized string or a `connectUrl` that is neither a
 * path nor `http(s)` makes it `undefined`. Safe on attacker-controlled input: it never throws, and
 * the result is a fresh plain object. Any tool can write an interrupt into the text of its error, so
 * a `connectUrl` is left out unless it is a path or one of `connectOrigins`.
 *
 * @throws TypeError for `connectOrigins` that are none
 */
export function parseInterrupt(
  value: unknown,
  { connectOrigins = [] }: ParseInterruptOptions = {},
): Interrupt | undefined {
  if (!connectOrigins.every(isOrigin)) {
    throw new TypeError('"connectOrigins" must be origins, such as "https://app.example.com"')
  }
  try {
    return parse(typeof value === 'string' ? parseText(value) : value, connectOrigins)
  } catch {
    return undefined // a getter or proxy that throws is no interrupt either
  }
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value
}

function parseText(text: string): unknown {
  return text.length > maxTextLength || !text.startsWith('{') ? undefined : JSON.parse(text)
}

function parse(value: unknown, connectOrigins: readonly string[]): Interrupt | undefined {
  if (!isRecord(value)) return undefined
  const { type, version, kind, message } = value
  if (type !== 'valetkey.interrupt' || version !== 1 || !isText(message)) return undefined
  const tool = parseTool(value['tool'])
  if (tool === 'invalid') return undefined
  const base = { type, version, message, ...(tool === undefined ? {} : { tool }) } as const
  if (kind === 'connect') return parseConnect(base, value, connectOrigins)
  if (kind === 'login') return parseLogin(base, value)
  if (kind === 'approve') return parseApprove(base, value)
  return undefined
}

type Base = Pick<Interrupt, 'type' | 'version' | 'message' | 'tool'>

function parseConnect(
  base: Base,
  value: Record<string, unknown>,
  connectOrigins: readonly string[],
): ConnectInterrupt | undefined {
  const { reason, connection, requiredScopes, missingScopes } = value
  const { authorizationParams, accounts, connectUrl } = value
  if (!hasOnly(value, connectFields) || !isConnectReason(reason)) return undefined
  if (!isConnectionName(connection)) return undefined
  if (!isTextList(requiredScopes) || !isTextList(missingScopes)) return undefined
  if (authorizationParams !== undefined && !isTextRecord(authorizationParams)) return undefined
  if (accounts !== undefined && !isAccountList(accounts)) return undefined
  if (connectUrl !== undefined && !isConnectUrl(connectUrl)) return undefined
  return {
    ...base,
    kind: 'connect',
    reason,
    connection,
    requiredScopes: [...requiredScopes],
    missingScopes: [...missingScopes],
    ...(authorizationParams === undefined
      ? {}
      : { authorizationParams: Object.fromEntries(Object.entries(authorizationParams)) }),
    ...(accounts === undefined
      ? {}
      : { accounts: accounts.map(({ id, label }) => ({ id, label })) }),
    ...(connectUrl !== undefined && leadsTo(connectUrl, connectOrigins) ? { connectUrl } : {}),
  }
}

function parseLogin(base: Base, value: Record<string, unknown>): LoginInterrupt | undefined {
  const { reason } = value
  if (reason !== 'login_required' || !hasOnly(value, baseFields)) return undefined
  return { ...base, kind: 'login', reason }
}

function parseApprove(base: Base, value: Record<string, unknown>): ApproveInterrupt | undefined {
  const { reason, approvalId, requestedAt, expiresAt, intervalSeconds } = value
  if (reason !== 'approval_required' || !hasOnly(value, approveFields)) return undefined
  if (!isText(approvalId) || !isSeconds(requestedAt) || !isSeconds(expiresAt)) return undefined
  if (!isSeconds(intervalSeconds)) return undefined
  return { ...base, kind: 'approve', reason, approvalId, requestedAt, expiresAt, intervalSeconds }
}

function parseTool(value: unknown): { callId: string; name: string } | undefined | 'invalid' {
  if (value === undefined) return undefined
  if (!isRecord(value) || !hasOnly(value, ['callId', 'name'])) return 'invalid'
  const { callId, name } = value
  return isText(callId) && isText(name) ? { callId, name } : 'invalid'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function hasOnly(value: Record<string, unknown>, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name))
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxStringLength
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= maxListLength && value.every(isText)
}

function isTextRecord(value: unknown): value is Record<string, string> {
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= maxListLength &&
    entries.every(([name, text]) => isText(name) && name !== '__proto__' && isText(text))
  )
}

function isAccountList(value: unknown): value is readonly { id: string; label: string }[] {
  return (
    Array.isArray(value) &&
    value.length <= maxListLength &&
    value.every(
      (account) =>
        isRecord(account) &&
        hasOnly(account, ['id', 'label']) &&
        isText(account['id']) &&
        isText(account['label']),
    )
  )
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isConnectReason(value: unknown): value is ConnectInterrupt['reason'] {
  return (
    value === 'not_connected' ||
    value === 'scopes_missing' ||
    value === 'reconnect_required' ||
    value === 'consent_required' ||
    value === 'account_ambiguous'
  )
}

/** True for a connection name that is safe in a URL, a message and a cache key. */
export function isConnectionName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)
}

/** True for an own path or an absolute `http(s)` URL: nothing that runs script when it is clicked. */
export function isConnectUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxUrlLength) return false
  if (hasControlCharacter(value) || value.includes('\\')) return false
  // Without its dot segments, `/.//evil` is `//evil`.
  if (value.startsWith('/')) {
    return !value.startsWith('//') && !new URL(value, anyOrigin).pathname.startsWith('//')
  }
  return /^https?:\/\/[^/@]+([/?#]|$)/i.test(value) && URL.canParse(value)
}

function leadsTo(connectUrl: string, origins: readonly string[]): boolean {
  return connectUrl.startsWith('/') || origins.includes(new URL(connectUrl).origin)
}

/** Browsers drop tabs and newlines from URLs, which turns `/\t/evil` into `//evil`. */
export function hasControlCharacter(value: string): boolean {
  return Array.from(value).some((character) => character < ' ' || character === '\u007f')
}
