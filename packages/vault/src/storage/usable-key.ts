import type { MacKeys } from './mac-keys.ts'

/** A version that was disabled or destroyed verifies nothing, like one that never was. */
export async function usableKey(
  keys: Pick<MacKeys, 'byVersion'>,
  version: number,
): ReturnType<MacKeys['byVersion']> {
  try {
    return await keys.byVersion(version)
  } catch {
    return undefined
  }
}
