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
  [1, 'unknown', '192.0.2.1'],
  [1, '', '192.0.2.1'],
  [1, '1', '192.0.2.1'],
  [1, '0xcb.0.0x71.9', '192.0.2.1'],
  [1, ':', '192.0.2.1'],
  [1, '203.0.113.9:', '192.0.2.1'],
  [1, `203.0.113.9, ${'1'.repeat(500)}`, '192.0.2.1'],
])('with %i trusted proxies, %j means %s', (trustedHops, forwardedFor, expected) => {
  expect(clientAddress({ peerAddress: '192.0.2.1', forwardedFor, trustedHops })).toBe(expected)
})

test.each([
  ['203.0.113.9:5678', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:5678', '203.0.113.9'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::3', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::3]:5678', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::3]', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s, whoever says it', (address, expected) => {
  const peerAddress = '192.0.2.1'

  expect(clientAddress({ peerAddress: address, forwardedFor: null, trustedHops: 0 })).toBe(expected)
  expect(clientAddress({ peerAddress, forwardedFor: address, trustedHops: 1 })).toBe(expected)
})

test.each([undefined, '', '/run/vault.sock'])('a peer at %j has no address', (peerAddress) => {
  expect(clientAddress({ peerAddress, forwardedFor: null, trustedHops: 0 })).toBeUndefined()
})
