import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

import type { MacKeys } from './mac-keys.ts'

/** Keys whose active version a test may change. */
export interface TestMacKeys extends MacKeys {
  readonly versions: Map<number, KeyObject>
  activeVersion: number
}

export function someMacKeys(): TestMacKeys {
  const versions = new Map([
    [1, createSecretKey(randomBytes(32))],
    [2, createSecretKey(randomBytes(32))],
  ])
  const keys: TestMacKeys = {
    versions,
    activeVersion: 1,
    async active() {
      const key = versions.get(keys.activeVersion)
      if (key === undefined) throw new Error('no active key')
      return { version: keys.activeVersion, key }
    },
    async byVersion(version) {
      return versions.get(version)
    },
  }
  return keys
}
