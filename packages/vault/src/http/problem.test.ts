import { expect, test } from 'vitest'
import * as z from 'zod'

import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { createProblems } from './problem.ts'

const SECRET = 'sEcReT'
const problems = createProblems({ issuer: 'https://vault.example.com/' })

test.each<[ConnectRefusal, number, string]>([
  [{ reason: 'invalid_token' }, 401, 'invalid_token'],
  [{ reason: 'insufficient_scope', scope: 'read:x' }, 403, 'insufficient_scope'],
  [{ reason: 'invalid_dpop_proof', why: 'replayed' }, 401, 'invalid_dpop_proof'],
  [{ reason: 'use_dpop_nonce' }, 401, 'use_dpop_nonce'],
  [{ reason: 'cursor_invalid' }, 400, 'invalid_request'],
  [{ reason: 'too_many_requests', retryAfterSeconds: 9 }, 429, 'too_many_requests'],
  [{ reason: 'connection_not_allowed' }, 403, 'connection_not_allowed'],
  [{ reason: 'scopes_not_allowed', scopes: [SECRET] }, 403, 'scopes_not_allowed'],
  [{ reason: 'redirect_uri_not_registered' }, 400, 'invalid_request'],
  [{ reason: 'unknown_account_hint' }, 400, 'invalid_request'],
  [{ reason: 'too_many_attempts', retryAfterSeconds: 9 }, 429, 'too_many_attempts'],
  [{ reason: 'session_invalid', why: 'expired' }, 404, 'session_invalid'],
  [{ reason: 'account_changed' }, 409, 'account_changed'],
  [{ reason: 'account_not_found' }, 404, 'account_not_found'],
  [{ reason: 'vault_unavailable', retryAfterSeconds: 5 }, 503, 'temporarily_unavailable'],
])('%j is answered %i %s', async (refusal, status, code) => {
  const response = problems.refusal(refusal)
  const text = await response.text()

  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(JSON.parse(text)).toMatchObject({
    type: `https://vault.example.com/errors/${code}`,
    title: expect.any(String),
    detail: expect.any(String),
    status,
    code,
  })
  expect(text).not.toContain(SECRET)
})

test('whatever is wrong with a session has one answer', async () => {
  const bodies = await Promise.all(
    (['unknown', 'expired', 'user_mismatch', 'pkce_mismatch'] as const).map((why) =>
      problems.refusal({ reason: 'session_invalid', why }).text(),
    ),
  )

  expect(new Set(bodies).size).toBe(1)
})

test('those who have to wait are told for how long', () => {
  const refusal = { reason: 'too_many_attempts', retryAfterSeconds: 9 } as const

  expect(problems.refusal(refusal).headers.get('retry-after')).toBe('9')
})

test('a validation error points to the member and repeats nothing that was sent', async () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ size: z.number().max(3) })) })
  const parsed = schema.safeParse({ list: [{ size: 99_887 }, { size: SECRET }], [SECRET]: SECRET })

  const text = await problems.validation(parsed.error ?? new z.ZodError([]), 'body').text()

  expect(JSON.parse(text)).toMatchObject({
    type: 'https://vault.example.com/errors/invalid_request',
    validation_errors: [
      { field: 'list.0.size', pointer: '/list/0/size', source: 'body' },
      { field: 'list.1.size', pointer: '/list/1/size', source: 'body' },
      { source: 'body', pointer: '' },
    ],
  })
  expect(text).not.toMatch(/sEcReT|99887/)
})
