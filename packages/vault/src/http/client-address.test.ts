import { expect, test } from 'vitest'

import { clientAddress } from './client-address.ts'

test.each([
  // trustedHops, X-Forwarded-For, expected
  [0, null, '192.0.2.1'],
  [0, '203.0.113.9', '192.0.2.1'],
  [1, null, '192.0.2.1'],
  [1, '203.0.113.9', '203.0.113.9'],
  [1, 'forged, 203.0.113.9', '203.0.113.9'],
  [2, 'forged, 203.0.113.9, 198.51.100.2', '203.0.113.9'],
  [2, '203.0.113.9', '192.0.2.1'],
  [1, '2001:db8::1', '2001:db8::1'],
  [1, 'unknown', '192.0.2.1'],
  [1, '', '192.0.2.1'],
  [1, `203.0.113.9, ${'1'.repeat(500)}`, '192.0.2.1'],
])('with %i trusted proxies, %j means %s', (trustedHops, forwardedFor, expected) => {
  expect(clientAddress({ peerAddress: '192.0.2.1', forwardedFor, trustedHops })).toBe(expected)
})
