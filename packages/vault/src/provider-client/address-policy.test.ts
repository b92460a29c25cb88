import { expect, test } from 'vitest'

import { isLoopbackAddress, isPublicAddress } from './address-policy.ts'

test.each(['8.8.8.8', '1.1.1.1', '140.82.121.4', '2606:4700::6810:84e5', '2a00:1450:4001::5'])(
  'lets requests go to %s',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['loopback', '::1'],
  ['link-local, cloud metadata', '169.254.169.254'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['multicast', '224.0.0.1'],
  ['multicast', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['unspecified', '::'],
  ['unique local', 'fc00::1'],
  ['unique local, cloud metadata', 'fd00:ec2::254'],
  ['site local', 'fec0::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped public', '::ffff:8.8.8.8'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-compatible', '::a9fe:a9fe'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['local NAT64', '64:ff9b:1::7f00:1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['documentation', '192.0.2.1'],
  ['documentation', '198.51.100.7'],
  ['documentation', '203.0.113.9'],
  ['documentation', '2001:db8::1'],
  ['benchmarking', '198.18.0.1'],
  ['reserved', '240.0.0.1'],
  ['reserved', '192.0.0.8'],
  ['6to4 relay', '192.88.99.1'],
  ['discard', '100::1'],
  ['not yet allocated', '4000::1'],
  ['no address', 'example.com'],
  ['no address', ''],
])('lets no request go to a %s address, %s', (_kind, address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('knows loopback, and nothing that merely contains it', () => {
  expect(isLoopbackAddress('127.0.0.1')).toBe(true)
  expect(isLoopbackAddress('::1')).toBe(true)
  expect(isLoopbackAddress('::ffff:127.0.0.1')).toBe(false)
  expect(isLoopbackAddress('128.0.0.1')).toBe(false)
  expect(isLoopbackAddress('localhost')).toBe(false)
})
