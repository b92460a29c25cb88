import { createPrivateKey, X509Certificate } from 'node:crypto'

/** A private key and the certificate that says whose it is, both PEM. */
export interface CertifiedKey {
  readonly key: string
  /** Followed by those of intermediate authorities, if there are any. */
  readonly certificate: string
}

/** Whether a key can still be used so many seconds after `now`; without `issuer`, one that certified itself. */
export function isUsableCertifiedKey(
  certified: CertifiedKey,
  {
    now,
    remainingSeconds,
    issuer = certified,
  }: {
    /** Seconds since the epoch. */
    readonly now: number
    readonly remainingSeconds: number
    readonly issuer?: CertifiedKey | undefined
  },
): boolean {
  try {
    const certificate = new X509Certificate(certified.certificate)
    const authority = new X509Certificate(issuer.certificate)
    return (
      certificate.checkPrivateKey(createPrivateKey(certified.key)) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey) &&
      Date.parse(certificate.validFrom) / 1000 <= now &&
      Date.parse(certificate.validTo) / 1000 >= now + remainingSeconds
    )
  } catch {
    // What cannot be read cannot be used either.
    return false
  }
}
