import { createPrivateKey, X509Certificate } from 'node:crypto'

import { BitString, Integer, OctetString, Utf8String } from 'asn1js'
import * as pkijs from 'pkijs'

import type { Runtime } from '../ports/runtime.ts'
import type { CertifiedKey } from './certified-key.ts'

export interface IssueOptions extends Pick<Runtime, 'randomBytes'> {
  /** Seconds since the epoch. */
  readonly now: number
  readonly lifetimeSeconds: number
}

/** What every loopback certificate is for. */
const NAMES = ['localhost']
const ADDRESSES = [
  [127, 0, 0, 1],
  [...Array.from({ length: 15 }, () => 0), 1],
]

/** Clocks of containers and virtual machines differ. */
const BACKDATING_SECONDS = 3600

// RFC 5280 section 4.1.2.2 allows 20; the first bit is the sign.
const SERIAL_BYTES = 16

// RFC 7093 section 2, method 1: the leftmost 160 bits of a SHA-256 hash.
const KEY_ID_BYTES = 20

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const HASH = 'SHA-256'

const COMMON_NAME = '2.5.4.3'
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
// RFC 5280 section 4.2.1.6
const DNS_NAME = 2
const IP_ADDRESS = 7
// RFC 5280 section 4.2.1.3: the first bit is the highest.
const DIGITAL_SIGNATURE = 0b1000_0000
const CERTIFICATE_SIGNING = 0b0000_0100

/**
 * Makes an authority for this machine alone. People tell their browsers to trust it, so it must be worth nothing to
 * whoever steals its key: name constraints (RFC 5280 section 4.2.1.10) limit it to loopback, and it is for servers only.
 */
export async function issueLoopbackAuthority(options: IssueOptions): Promise<CertifiedKey> {
  const { publicKey, privateKey } = await newKeyPair()
  // Told apart by name: trust stores list and remove by it.
  const name = `Valet Key development ${Buffer.from(options.randomBytes(4)).toString('hex')}`
  const certificate = await aCertificate(publicKey, options)
  certificate.issuer = distinguishedName(name)
  certificate.subject = distinguishedName(name)
  const keyId = await keyIdOf(certificate)
  certificate.extensions = [
    extension(
      pkijs.id_BasicConstraints,
      'critical',
      new pkijs.BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema(),
    ),
    extension(pkijs.id_KeyUsage, 'critical', bits(CERTIFICATE_SIGNING)),
    extension(pkijs.id_ExtKeyUsage, 'plain', serverAuthentication()),
    extension(
      pkijs.id_NameConstraints,
      'critical',
      new pkijs.NameConstraints({
        permittedSubtrees: [
          ...NAMES.map(dnsName),
          // Each with a mask that covers it whole.
          ...ADDRESSES.map((address) => ipAddress([...address, ...address.map(() => 255)])),
        ].map((base) => new pkijs.GeneralSubtree({ base })),
      }).toSchema(),
    ),
    extension(pkijs.id_SubjectKeyIdentifier, 'plain', octets(keyId)),
    extension(pkijs.id_AuthorityKeyIdentifier, 'plain', authorityKeyId(keyId)),
  ]
  return sign(certificate, privateKey, privateKey)
}

/** Makes a key for `localhost`, 127.0.0.1 and ::1, certified by an authority of {@link issueLoopbackAuthority}. */
export async function issueLoopbackCertificate(
  authority: CertifiedKey,
  options: IssueOptions,
): Promise<CertifiedKey> {
  const { publicKey, privateKey } = await newKeyPair()
  const issuer = pkijs.Certificate.fromBER(new X509Certificate(authority.certificate).raw)
  const certificate = await aCertificate(publicKey, options)
  certificate.issuer = issuer.subject
  certificate.subject = distinguishedName('localhost')
  certificate.extensions = [
    extension(pkijs.id_BasicConstraints, 'critical', new pkijs.BasicConstraints().toSchema()),
    extension(pkijs.id_KeyUsage, 'critical', bits(DIGITAL_SIGNATURE)),
    extension(pkijs.id_ExtKeyUsage, 'plain', serverAuthentication()),
    extension(
      pkijs.id_SubjectAltName,
      'plain',
      new pkijs.AltName({
        altNames: [...NAMES.map(dnsName), ...ADDRESSES.map(ipAddress)],
      }).toSchema(),
    ),
    extension(pkijs.id_SubjectKeyIdentifier, 'plain', octets(await keyIdOf(certificate))),
    extension(pkijs.id_AuthorityKeyIdentifier, 'plain', authorityKeyId(await keyIdOf(issuer))),
  ]
  return sign(certificate, privateKey, await signingKey(authority))
}

async function newKeyPair(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
}

async function signingKey({ key }: CertifiedKey): Promise<CryptoKey> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  return await crypto.subtle.importKey('pkcs8', der, CURVE, false, ['sign'])
}

async function aCertificate(
  publicKey: CryptoKey,
  { now, lifetimeSeconds, randomBytes }: IssueOptions,
): Promise<pkijs.Certificate> {
  const serial = randomBytes(SERIAL_BYTES)
  // Positive, and without leading zeros, which DER would not allow.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const certificate = new pkijs.Certificate({
    version: 2, // v3
    serialNumber: new Integer({ valueHex: serial }),
    notBefore: time(now - BACKDATING_SECONDS),
    notAfter: time(now + lifetimeSeconds),
  })
  await certificate.subjectPublicKeyInfo.importKey(publicKey)
  return certificate
}

async function sign(
  certificate: pkijs.Certificate,
  privateKey: CryptoKey,
  signer: CryptoKey,
): Promise<CertifiedKey> {
  await certificate.sign(signer, HASH)
  const der = new Uint8Array(certificate.toSchema(true).toBER())
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey))
  return {
    certificate: new X509Certificate(der).toString(),
    key: createPrivateKey({ key, type: 'pkcs8', format: 'der' })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  }
}

function time(seconds: number): pkijs.Time {
  const value = new Date(seconds * 1000)
  // RFC 5280 section 4.1.2.5: two digits for the year until 2049, four from 2050 on.
  const type =
    value.getUTCFullYear() < 2050 ? pkijs.TimeType.UTCTime : pkijs.TimeType.GeneralizedTime
  return new pkijs.Time({ type, value })
}

function distinguishedName(commonName: string): pkijs.RelativeDistinguishedNames {
  return new pkijs.RelativeDistinguishedNames({
    typesAndValues: [
      new pkijs.AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new Utf8String({ value: commonName }),
      }),
    ],
  })
}

async function keyIdOf(certificate: pkijs.Certificate): Promise<ArrayBuffer> {
  return (await certificate.getKeyHash(HASH)).slice(0, KEY_ID_BYTES)
}

function authorityKeyId(keyId: ArrayBuffer): Encodable {
  return new pkijs.AuthorityKeyIdentifier({ keyIdentifier: octets(keyId) }).toSchema()
}

function serverAuthentication(): Encodable {
  return new pkijs.ExtKeyUsage({ keyPurposes: [SERVER_AUTHENTICATION] }).toSchema()
}

interface Encodable {
  toBER(): ArrayBuffer
}

function extension(id: string, weight: 'critical' | 'plain', value: Encodable): pkijs.Extension {
  return new pkijs.Extension({
    extnID: id,
    critical: weight === 'critical',
    extnValue: value.toBER(),
  })
}

function dnsName(name: string): pkijs.GeneralName {
  return new pkijs.GeneralName({ type: DNS_NAME, value: name })
}

function ipAddress(bytes: readonly number[]): pkijs.GeneralName {
  return new pkijs.GeneralName({ type: IP_ADDRESS, value: octets(Uint8Array.from(bytes)) })
}

function octets(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): OctetString {
  return new OctetString({ valueHex: bytes })
}

function bits(byte: number): BitString {
  return new BitString({ valueHex: Uint8Array.of(byte), unusedBits: Math.clz32(byte & -byte) ^ 31 })
}
