import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { connect, createServer } from 'node:tls'

import { OctetString } from 'asn1js'
import * as pkijs from 'pkijs'
import { expect, test } from 'vitest'

import type { CertifiedKey } from './certified-key.ts'
import { issueLoopbackAuthority, issueLoopbackCertificate } from './issue-loopback-certificate.ts'

const DAY_SECONDS = 86_400
const NOW = Math.floor(Date.now() / 1000)
const options = { now: NOW, lifetimeSeconds: 30 * DAY_SECONDS, randomBytes }

function extensionOf({ certificate }: CertifiedKey, id: string): pkijs.Extension | undefined {
  const { raw } = new X509Certificate(certificate)
  return pkijs.Certificate.fromBER(raw).extensions?.find(({ extnID }) => extnID === id)
}

/** A certificate for other names, which only a stolen key of the authority could sign. */
async function aCertificateFor(
  name: pkijs.GeneralName,
  authority: CertifiedKey,
): Promise<CertifiedKey> {
  const honest = await issueLoopbackCertificate(authority, options)
  const certificate = pkijs.Certificate.fromBER(new X509Certificate(honest.certificate).raw)
  const names = new pkijs.AltName({ altNames: [name] }).toSchema().toBER()
  certificate.extensions = (certificate.extensions ?? []).map((extension) =>
    extension.extnID === pkijs.id_SubjectAltName
      ? new pkijs.Extension({ extnID: pkijs.id_SubjectAltName, extnValue: names })
      : extension,
  )
  const der = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' })
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  await certificate.sign(
    await crypto.subtle.importKey('pkcs8', der, curve, false, ['sign']),
    'SHA-256',
  )
  const raw = new Uint8Array(certificate.toSchema(true).toBER())
  return { key: honest.key, certificate: new X509Certificate(raw).toString() }
}

/** What a TLS client that trusts the authority makes of a server: `trusted`, or its refusal in OpenSSL's words. */
async function verdict(
  { key, certificate }: CertifiedKey,
  authority: CertifiedKey,
  servername: string,
): Promise<unknown> {
  const server = createServer({ key, cert: certificate })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const outcome = await new Promise<unknown>((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port, ca: authority.certificate, servername },
      () => {
        socket.end()
        resolve('trusted')
      },
    )
    socket.once('error', (error) => resolve(error.message))
  })
  server.close()
  return outcome
}

test('the certificate is for this machine by its three names, and for serving alone', async () => {
  const authority = await issueLoopbackAuthority(options)
  const issued = await issueLoopbackCertificate(authority, options)
  const certificate = new X509Certificate(issued.certificate)

  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(certificate.ca).toBe(false)
  expect(Date.parse(certificate.validFrom) / 1000).toBeLessThan(NOW)
  expect(Date.parse(certificate.validTo) / 1000).toBe(NOW + options.lifetimeSeconds)
  expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true)
  const issuer = new X509Certificate(authority.certificate)
  expect(certificate.checkIssued(issuer)).toBe(true)
  expect(certificate.verify(issuer.publicKey)).toBe(true)
})

test('the authority is one, of no other authorities, and of loopback alone', async () => {
  const authority = await issueLoopbackAuthority(options)
  const certificate = new X509Certificate(authority.certificate)

  expect(certificate.ca).toBe(true)
  expect(certificate.subject).toMatch(/^CN=Valet Key development [0-9a-f]{8}$/)
  expect(certificate.checkIssued(certificate)).toBe(true)
  expect(extensionOf(authority, pkijs.id_BasicConstraints)).toMatchObject({
    critical: true,
    parsedValue: { cA: true, pathLenConstraint: 0 },
  })
  // A bit string (03) of two bytes (02), without its last two bits (02): the sixth bit, keyCertSign (04).
  const keyUsage = extensionOf(authority, pkijs.id_KeyUsage)
  expect(keyUsage?.critical).toBe(true)
  expect(Buffer.from(keyUsage?.extnValue.getValue() ?? new ArrayBuffer()).toString('hex')).toBe(
    '03020204',
  )
  expect(extensionOf(authority, pkijs.id_NameConstraints)?.critical).toBe(true)
})

test('two authorities differ in key and name, so that removing one does not remove the other', async () => {
  const [first, second] = await Promise.all([
    issueLoopbackAuthority(options),
    issueLoopbackAuthority(options),
  ])

  expect(first.key).not.toBe(second.key)
  expect(new X509Certificate(first.certificate).subject).not.toBe(
    new X509Certificate(second.certificate).subject,
  )
})

test.each(['localhost', '127.0.0.1'])('who trusts the authority trusts %s', async (name) => {
  const authority = await issueLoopbackAuthority(options)
  const issued = await issueLoopbackCertificate(authority, options)

  expect(await verdict(issued, authority, name === 'localhost' ? name : '')).toBe('trusted')
})

test('who trusts another authority does not', async () => {
  const authority = await issueLoopbackAuthority(options)
  const other = await issueLoopbackAuthority(options)
  const issued = await issueLoopbackCertificate(authority, options)

  expect(await verdict(issued, other, 'localhost')).toMatch(
    /^unable to verify the first certificate/,
  )
})

test.each([
  ['accounts.example.com', new pkijs.GeneralName({ type: 2, value: 'accounts.example.com' })],
  ['localhost.example.com', new pkijs.GeneralName({ type: 2, value: 'localhost.example.com' })],
  [
    '192.0.2.1',
    new pkijs.GeneralName({
      type: 7,
      value: new OctetString({ valueHex: Uint8Array.of(192, 0, 2, 1) }),
    }),
  ],
  [
    '127.0.0.2',
    new pkijs.GeneralName({
      type: 7,
      value: new OctetString({ valueHex: Uint8Array.of(127, 0, 0, 2) }),
    }),
  ],
])('a stolen key of the authority cannot vouch for %s', async (name, generalName) => {
  const authority = await issueLoopbackAuthority(options)
  const forged = await aCertificateFor(generalName, authority)

  expect(await verdict(forged, authority, /^\d/.test(name) ? '' : name)).toBe(
    'permitted subtree violation',
  )
})

test('the forged certificates are refused for their names alone', async () => {
  const authority = await issueLoopbackAuthority(options)
  const same = await aCertificateFor(
    new pkijs.GeneralName({ type: 2, value: 'localhost' }),
    authority,
  )

  expect(await verdict(same, authority, 'localhost')).toBe('trusted')
})

test('years beyond 2049 are written with four digits', async () => {
  const authority = await issueLoopbackAuthority({ ...options, now: 2_600_000_000 })

  expect(new X509Certificate(authority.certificate).validTo).toMatch(/ 2052 GMT$/)
})

test('an authority whose key is of another kind is refused', async () => {
  const { certificate } = await issueLoopbackAuthority(options)
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

  await expect(issueLoopbackCertificate({ certificate, key }, options)).rejects.toThrow(/key type/i)
})
