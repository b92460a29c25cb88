import type { Runtime } from './runtime.ts'

/** `prefix` and 192 random bits, in characters that are safe in URLs and headers. */
export function randomId(runtime: Pick<Runtime, 'randomBytes'>, prefix: string): string {
  return prefix + Buffer.from(runtime.randomBytes(24)).toString('base64url')
}
