import { describe, expect, test } from 'vitest'
import { aClient } from '../test/builders.ts'
import { type ModelAnswer, startModelVault } from '../test/model-vault.ts'
import { isInterruptError } from './interrupt-error.ts'
import { findValetKeyError, type ValetKeyErrorCode } from './valet-key-error.ts'
import { type Dialect, type WireCode, wireCodes } from './wire-codes.ts'

const mendable: readonly ValetKeyErrorCode[] = [
  'not_connected',
  'scopes_missing',
  'reconnect_required',
  'consent_required',
  'account_ambiguous',
  'login_required',
]

async function errorOf(dialect: Dialect, answer: ModelAnswer): Promise<unknown> {
  await using vault = await startModelVault(() => answer)
  const client = aClient(vault.issuer, { dialect })
  const tool = client.withTokenForConnection({ connection: 'github', scopes: ['repo'] }, () => 1)
  return await tool(undefined, { toolCallId: 'call-1', toolName: 'repositories' }).then(
    () => undefined,
    (error: unknown) => error,
  )
}

function answerFor(row: WireCode, status: number): ModelAnswer {
  const vaultError = row.vaultError === '*' ? 'a_word_of_tomorrow' : row.vaultError
  const error = row.error === '*' ? 'unauthorized_client' : row.error
  const isOAuth = vaultError !== undefined || error !== undefined
  if (!isOAuth) return { status, text: '<h1>Proxy</h1>', headers: { 'content-type': 'text/html' } }
  return {
    status,
    json: {
      error: error ?? 'interaction_required',
      error_description: 'Said by the vault',
      ...(vaultError === undefined ? {} : { vault_error: vaultError }),
    },
  }
}

/** Every row, in every dialect it is for, at both ends of its status range. */
const cases = wireCodes.flatMap((row) => {
  const dialects: readonly Dialect[] =
    row.dialect === undefined ? ['rfc8693', 'auth0'] : [row.dialect]
  return dialects.flatMap((dialect) =>
    [...new Set(row.status)].map((status) => {
      const words = [row.vaultError, row.error].filter((word) => word !== undefined)
      return { title: `${dialect} ${status} ${words.join(' ')}`, dialect, status, row }
    }),
  )
})

describe('every row of the table, from a real answer', () => {
  test.for(cases)('$title', async ({ dialect, status, row }) => {
    // 429 and 5xx come before rows that would fit too: those are the rows' own exceptions.
    const isTemporary = status === 429 || status >= 500
    const expected =
      isTemporary && row.vaultError !== 'provider_unavailable' ? 'vault_unavailable' : row.code

    const error = await errorOf(dialect, answerFor(row, status))

    expect(findValetKeyError(error)?.code).toBe(expected)
    expect(isInterruptError(error)).toBe(mendable.includes(expected))
  })
})

describe('an answer that fits no row', () => {
  test.for([
    { status: 302, headers: { location: 'https://elsewhere.example/' } },
    { status: 418, text: 'teapot' },
    { status: 403, text: '<h1>Forbidden</h1>' },
    { status: 204 },
  ] satisfies ModelAnswer[])('is a protocol error: $status', async (answer) => {
    expect(await errorOf('rfc8693', answer)).toMatchObject({ code: 'protocol_error' })
  })
})

test('a word that asks the user counts only with a 4xx', async () => {
  const error = await errorOf('rfc8693', {
    status: 503,
    json: { error: 'temporarily_unavailable', vault_error: 'not_connected' },
  })

  expect(error).toMatchObject({ code: 'vault_unavailable' })
  expect(isInterruptError(error)).toBe(false)
})

test("Auth0's words mean nothing special in the standard dialect", async () => {
  const error = await errorOf('rfc8693', { status: 400, json: { error: 'invalid_grant' } })

  expect(error).toMatchObject({ code: 'client_misconfigured' })
})

test('details of the answer reach the interrupt', async () => {
  const error = await errorOf('rfc8693', {
    status: 400,
    json: {
      error: 'interaction_required',
      vault_error: 'scopes_missing',
      missing_scope: 'repo gist',
      granted_scope: 'read:user',
      account: 'cac_1',
    },
  })

  expect(error).toMatchObject({
    name: 'FederatedConnectionInterrupt',
    interrupt: {
      kind: 'connect',
      reason: 'scopes_missing',
      connection: 'github',
      requiredScopes: ['repo'],
      missingScopes: ['repo', 'gist'],
      authorizationParams: { login_hint: 'cac_1' },
      tool: { callId: 'call-1', name: 'repositories' },
    },
  })
})

test('the accounts to choose from reach the interrupt, cut to size', async () => {
  const accounts = Array.from({ length: 300 }, (_, index) => ({ id: `cac_${index}`, label: '' }))
  const error = await errorOf('rfc8693', {
    status: 400,
    json: {
      error: 'account_selection_required',
      vault_error: 'account_ambiguous',
      accounts: [{ id: 'cac_a', label: 'a'.repeat(5_000) }, ...accounts],
    },
  })

  if (!isInterruptError(error) || error.interrupt.kind !== 'connect')
    throw new Error('no interrupt')
  expect(error.interrupt.accounts).toHaveLength(100)
  expect(error.interrupt.accounts?.[0]?.label).toHaveLength(200)
  expect(error.interrupt.accounts?.[1]).toEqual({ id: 'cac_0', label: 'cac_0' })
})

test('retryAfterSeconds comes with an outage', async () => {
  const error = await errorOf('rfc8693', {
    status: 503,
    headers: { 'retry-after': '30' },
    json: { error: 'temporarily_unavailable', vault_error: 'provider_unavailable' },
  })

  expect(error).toMatchObject({ code: 'provider_unavailable', retryAfterSeconds: 30, status: 503 })
})

test('the message quotes the answer without our secrets, and names the page with the mend', async () => {
  await using vault = await startModelVault(({ form }) => ({
    status: 401,
    json: {
      error: 'invalid_client',
      error_description: `No client ${form['client_id']} with ${form['client_secret']} for ${form['subject_token']}`,
      error_uri: `${vault.issuer}errors/invalid_client`,
    },
  }))
  const tool = aClient(vault.issuer).withTokenForConnection({ connection: 'github' }, () => 1)

  const error = await tool().catch((caught: unknown) => caught)

  const { message } = findValetKeyError(error) ?? { message: '' }
  expect(message).toContain('status 401')
  expect(message).toContain('invalid_client')
  expect(message).toContain(`See ${vault.issuer}errors/invalid_client`)
  expect(message).not.toContain('agent-secret')
  expect(message).not.toContain('alice-login-token')
})
