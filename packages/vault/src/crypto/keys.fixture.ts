import { randomBytes } from 'node:crypto'

import type { KeyService } from '../ports/key-service.ts'
import type { KeyVersion, KeyVersionStore } from '../ports/key-version-store.ts'
import { createKeyRing, type KeyRing } from './key-ring.ts'
import { createLocalKeyService } from './local-key-service.ts'

export const TENANT = 'default'

/** A clock that stands until it is moved, and real randomness. */
export interface TestRuntime {
  now: () => number
  advance(seconds: number): void
  randomBytes(length: number): Uint8Array
}

export function aRuntime(start = 1_000): TestRuntime {
  let seconds = start
  return {
    now: () => seconds,
    advance: (by) => {
      seconds += by
    },
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  }
}

/** The key version store's contract over an array, whose states tests may change. */
export interface TestKeyVersions extends KeyVersionStore {
  readonly rows: KeyVersion[]
  /** How often it was read. */
  reads: number
  /** Reading fails while it is. */
  isDown: boolean
  /** There are rows made with keys, so that no first version may be inserted any more. */
  isNeeded: boolean
  setState(version: number, state: KeyVersion['state']): void
}

export function someKeyVersions(): TestKeyVersions {
  const rows: KeyVersion[] = []
  const store: TestKeyVersions = {
    rows,
    reads: 0,
    isDown: false,
    isNeeded: false,
    async list({ tenant }) {
      store.reads += 1
      if (store.isDown) throw new Error('the store is down')
      return rows.filter((row) => row.tenant === tenant)
    },
    async insert(version) {
      const known = rows.filter((row) => row.tenant === version.tenant)
      if (known.length === 0 && store.isNeeded) return false
      if (known.some((row) => row.version === version.version)) return false
      rows.push(version)
      return true
    },
    setState(version, state) {
      const index = rows.findIndex((row) => row.version === version)
      const row = rows[index]
      if (row !== undefined) rows[index] = { ...row, state }
    },
  }
  return store
}

export function aKeyService(): KeyService {
  return createLocalKeyService({ key: new Uint8Array(randomBytes(32)) })
}

export interface TestKeyRing {
  readonly keyRing: KeyRing
  readonly keyService: KeyService
  readonly keyVersions: TestKeyVersions
  readonly runtime: TestRuntime
}

export function aKeyRing(overrides: Partial<Omit<TestKeyRing, 'keyRing'>> = {}): TestKeyRing {
  const parts = {
    keyService: aKeyService(),
    keyVersions: someKeyVersions(),
    runtime: aRuntime(),
    ...overrides,
  }
  return { ...parts, keyRing: createKeyRing({ ...parts, tenant: TENANT }) }
}

/** Adds a version as a rotation would: the new one active, the older ones for decryption only. */
export async function rotate({ keyService, keyVersions, runtime }: TestKeyRing): Promise<number> {
  const version = Math.max(0, ...keyVersions.rows.map((row) => row.version)) + 1
  keyVersions.rows.forEach((row) => keyVersions.setState(row.version, 'decrypt_only'))
  await keyVersions.insert({
    tenant: TENANT,
    version,
    wrapped: await keyService.wrap(runtime.randomBytes(32), {
      tenant: TENANT,
      purpose: 'tenant-key',
      version,
    }),
    keyServiceId: keyService.id,
    state: 'active',
    createdAt: runtime.now(),
  })
  return version
}
