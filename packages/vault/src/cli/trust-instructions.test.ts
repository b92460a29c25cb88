import { expect, test } from 'vitest'

import { nodeTrustLine, trustInstructions } from './trust-instructions.ts'

const authority = { file: '/home/me/.valetkey/tls/ca.pem', name: 'Valet Key development 0a1b2c3d' }

test.each(['darwin', 'win32', 'linux'] as const)(
  'on %s, what is trusted is the file, and what is removed is the authority of that name',
  (platform) => {
    const { trust, undo } = trustInstructions(platform, authority)

    expect(trust).toContain(authority.file)
    expect(undo).toMatch(/0a1b2c3d/)
    expect(`${trust}${undo}`).not.toContain('\n')
  },
)

test('on Linux browsers do not ask the system, which is said', () => {
  expect(trustInstructions('linux', authority).note).toContain(authority.file)
  expect(trustInstructions('darwin', authority).note).toBeUndefined()
})

test.each([
  ['/a/b-c.pem', '/a/b-c.pem'],
  ['/my projects/ca.pem', "'/my projects/ca.pem'"],
  ["/it's/$(touch x)/`y`.pem", `'/it'\\''s/$(touch x)/\`y\`.pem'`],
])('the path %s is one word of a shell', (file, word) => {
  expect(nodeTrustLine('linux', file)).toBe(`export NODE_EXTRA_CA_CERTS=${word}`)
  expect(trustInstructions('linux', { ...authority, file }).trust).toContain(`cp ${word} `)
  expect(trustInstructions('darwin', { ...authority, file }).trust).toContain(`db ${word}`)
})
