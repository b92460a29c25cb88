import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { isUsableCertifiedKey } from './crypto/certified-key.ts'
import type { CertifiedKey } from './crypto/certified-key.ts'
import type * as Issuing from './crypto/issue-loopback-certificate.ts'
import { readOwnersFile } from './crypto/read-owners-file.ts'
import { randomText } from './domain/random-text.ts'
import type { Runtime } from './ports/runtime.ts'
import { processUserId, systemRuntime } from './runtime.ts'

export interface OpenLoopbackCertificateOptions {
  /** Clock and randomness. Default: the machine's. */
  readonly runtime?: Pick<Runtime, 'now' | 'randomBytes'> | undefined
}

/** A certificate for `localhost`, 127.0.0.1 and ::1, and the authority that one has to trust for it. */
export interface LoopbackCertificate {
  /** For `startVault`. */
  readonly tls: CertifiedKey
  readonly authority: {
    /** Its certificate, PEM: for `NODE_EXTRA_CA_CERTS` and for trust stores. */
    readonly file: string
    /** The name by which trust stores list it. */
    readonly name: string
    /** `made` now: nobody can trust it yet. */
    readonly origin: 'made' | 'kept'
  }
}

const DAY_SECONDS = 86_400

/** Systems of Apple refuse server certificates that are valid for more than 398 days. */
const CERTIFICATE_SECONDS = 365 * DAY_SECONDS

/** The one that people trust by hand. */
const AUTHORITY_SECONDS = 5 * 365 * DAY_SECONDS

/** So long a process may run that has just begun. */
const RENEWAL_SECONDS = 60 * DAY_SECONDS

/**
 * Opens this machine's certificate for development with https. Whatever is missing in the folder, damaged or about to
 * expire is made anew. The authority stays for four years, so that trusting it once is enough.
 *
 * @throws {KeyError} `key_file_exposed` when others may use a private key that is there
 */
export async function openLoopbackCertificate(
  folder: string,
  { runtime = systemRuntime }: OpenLoopbackCertificateOptions = {},
): Promise<LoopbackCertificate> {
  const path = resolve(folder)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const now = runtime.now()
  const { randomBytes } = runtime

  const authorityFiles = filesOf(path, 'ca')
  const authority = await keep(authorityFiles, {
    randomBytes,
    // What it certifies must not outlive it.
    isUsable: (kept) => isUsableCertifiedKey(kept, { now, remainingSeconds: CERTIFICATE_SECONDS }),
    make: async () =>
      (await issuing()).issueLoopbackAuthority({
        now,
        lifetimeSeconds: AUTHORITY_SECONDS,
        randomBytes,
      }),
  })
  const { certified: issuer } = authority
  const { certified: tls } = await keep(filesOf(path, 'localhost'), {
    randomBytes,
    isUsable: (kept) =>
      isUsableCertifiedKey(kept, { now, remainingSeconds: RENEWAL_SECONDS, issuer }) &&
      isForLoopback(kept),
    make: async () =>
      (await issuing()).issueLoopbackCertificate(issuer, {
        now,
        lifetimeSeconds: CERTIFICATE_SECONDS,
        randomBytes,
      }),
  })
  return {
    tls,
    authority: {
      file: authorityFiles.certificate,
      name: nameOf(issuer),
      origin: authority.origin,
    },
  }
}

/** Loaded only when something is to be made: most starts find everything there. */
async function issuing(): Promise<typeof Issuing> {
  return await import('./crypto/issue-loopback-certificate.ts')
}

/** Where a {@link CertifiedKey} is kept. */
type Files = { readonly [Part in keyof CertifiedKey]: string }

function filesOf(folder: string, name: string): Files {
  return { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) }
}

async function keep(
  files: Files,
  {
    isUsable,
    make,
    randomBytes,
  }: {
    readonly isUsable: (kept: CertifiedKey) => boolean
    readonly make: () => Promise<CertifiedKey>
    readonly randomBytes: Runtime['randomBytes']
  },
): Promise<{ readonly certified: CertifiedKey; readonly origin: 'made' | 'kept' }> {
  if (existsSync(files.key) && existsSync(files.certificate)) {
    const kept = {
      key: readOwnersFile(
        files.key,
        `The private key ${JSON.stringify(files.key)}`,
        processUserId(),
      ),
      certificate: readFileSync(files.certificate, 'utf8'),
    }
    if (isUsable(kept)) return { certified: kept, origin: 'kept' }
  }
  const certified = await make()
  const suffix = randomText(randomBytes, 8)
  replaceFile(files.key, { content: certified.key, mode: 0o600, suffix })
  replaceFile(files.certificate, { content: certified.certificate, mode: 0o644, suffix })
  return { certified, origin: 'made' }
}

/** At once, so that nobody reads half of it, and with its mode from the start. */
function replaceFile(
  file: string,
  {
    content,
    mode,
    suffix,
  }: { readonly content: string; readonly mode: number; readonly suffix: string },
): void {
  const next = `${file}.${suffix}`
  writeFileSync(next, content, { mode, flag: 'wx' })
  renameSync(next, file)
}

function isForLoopback({ certificate: pem }: CertifiedKey): boolean {
  const certificate = new X509Certificate(pem)
  return (
    certificate.checkHost('localhost') !== undefined &&
    ['127.0.0.1', '::1'].every((address) => certificate.checkIP(address) !== undefined)
  )
}

function nameOf({ certificate }: CertifiedKey): string {
  return new X509Certificate(certificate).subject.replace(/^CN=/, '')
}
