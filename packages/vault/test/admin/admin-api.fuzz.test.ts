import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type AdminWorld, startAdminWorld } from './admin-world.ts'

/** `./dev fuzz` raises it. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60)

let world: AdminWorld
beforeAll(async () => {
  world = await startAdminWorld()
})
afterAll(async () => {
  await world.close()
})

const PATHS = [
  '/clients',
  '/connections',
  '/clients/my-agent',
  '/connections/github',
  '/clients/my-agent/secrets',
  '/connections/github/test',
  '/audit/verify',
  '/diagnose',
]

/** As they stand in a path: what no client's library would send. */
const RAW_IDS = ['%', '%00', '%ff', '..%2f', '__proto__', '%f0%9f']

test('whatever JSON comes, the answer is a documented one and never a failure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST', 'PATCH'),
      fc.constantFrom(...PATHS),
      fc.oneof(
        fc.json(),
        fc.string(),
        fc
          .dictionary(
            fc.constantFrom('id', 'name', 'provider', 'clientSecret', 'jwks', 'user', 'heads'),
            fc.jsonValue(),
          )
          .map((value) => JSON.stringify(value)),
      ),
      async (method, path, body) => {
        const answer = await world.api(method, path, body)

        expect(answer.status).toBeLessThan(500)
      },
    ),
    { numRuns: RUNS },
  )
}, 120_000)

test('whatever stands in a path or a query, the answer is a documented one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/clients/', '/connections/', '/users/', '/accounts/'),
      fc.oneof(fc.string().map(encodeURIComponent), fc.constantFrom(...RAW_IDS)),
      fc.dictionary(
        fc.constantFrom('after', 'limit', 'issuer', 'user', 'from', 'x'),
        fc.string({ unit: 'binary' }),
      ),
      async (prefix, id, query) => {
        const parameters = new URLSearchParams(query).toString()
        for (const path of [`${prefix}${id}`, '/users', '/audit']) {
          const answer = await world.api('GET', `${path}?${parameters}`)
          expect(answer.status).toBeLessThan(500)
        }
      },
    ),
    { numRuns: RUNS },
  )
}, 120_000)
