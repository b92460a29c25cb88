import { timingSafeEqual, type KeyObject } from 'node:crypto'

/** MAC keys derived from a tenant's key ring for one purpose; one for each version of the tenant key. */
export interface MacKeys {
  active(): Promise<{ readonly version: number; readonly key: KeyObject }>
  /** `undefined` when there never was such a version. */
  byVersion(version: number): Promise<KeyObject | undefined>
}

/** In constant time for equal lengths. */
export function equalMacs(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
