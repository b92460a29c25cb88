import { expect, test } from 'vitest'

import { anAuditWorld, anEvent } from '../../src/storage/audit.fixture.ts'
import { recordAudit } from '../../src/use-cases/record-audit.ts'

test.each([
  ['13,000 scopes', Array.from({ length: 13_000 }, (_, i) => `s${i}`), 100],
  ['a scope of 60,000 characters', ['openid', 'x'.repeat(60_000), 'email'], 2],
])(
  'an event with %s, as a provider may grant them, is recorded all the same',
  async (_, scopes, kept) => {
    const world = await anAuditWorld()
    const logged: unknown[] = []
    const log = (...line: unknown[]): unknown => logged.push(line)
    const logger = { info: log, warn: log, error: log }
    const event = anEvent({ scopes, details: { more_than_asked: true } })

    expect(await recordAudit({ audit: world.log('w1'), logger }, event)).toBe(true)

    const [row] = world.read(
      "select json_array_length(event, '$.scopes') as kept, event ->> '$.details.scopes_left_out' as missing from audit_events where event ->> '$.type' = 'token.exchanged'",
    )
    expect(row).toEqual({ kept, missing: scopes.length - kept })
    expect(logged).toEqual([])
    world.close()
  },
)
