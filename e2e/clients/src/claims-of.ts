import * as z from 'zod'

const Claims = z.record(z.string(), z.unknown())

/** What a JWT says, whoever signed it. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  return Claims.parse(JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()))
}
