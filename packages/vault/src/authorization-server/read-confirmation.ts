import type { Confirmation } from '../domain/dpop.ts'
import { isObject } from './read-jwt.ts'

/** A SHA-256 thumbprint in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** The key that a token's `cnf` claim binds it to; other ways to confirm (RFC 7800) are none that the vault knows. */
export function readConfirmation(cnf: unknown): Confirmation | undefined | 'malformed' {
  if (cnf === undefined) return undefined
  if (!isObject(cnf)) return 'malformed'
  const { jkt } = cnf
  if (jkt === undefined) return undefined
  return typeof jkt === 'string' && THUMBPRINT.test(jkt) ? { jkt } : 'malformed'
}
