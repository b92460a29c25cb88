import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

import type { KeyService, WrapContext } from '../ports/key-service.ts'
import type { KeyVersion, KeyVersionStore } from '../ports/key-version-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { KeyError } from './key-error.ts'

const TENANT_KEY_BYTES = 32

/** Opened keys are held this long, then unwrapped anew and re-checked for their state (R23). */
const CACHE_SECONDS = 300

/** What a derived key is for; each gets a key of its own. */
export type KeyPurpose = 'audit' | 'consent' | 'cookie' | 'dpop-nonce' | 'identity'

/** A tenant's keys, opened. */
export interface KeyRing {
  readonly tenant: string
  /**
   * The newest active version; the first use of a new deployment makes version 1.
   * @throws {KeyError} `key_versions_missing` when the deployment is not new, and its keys are gone.
   */
  active(): Promise<VersionedKey>
  /**
   * A version that may decrypt; `undefined` when there never was one.
   * @throws {KeyError} `key_version_refused` when it was disabled or destroyed.
   */
  byVersion(version: number): Promise<KeyObject | undefined>
  /** Keys derived from the ring for a use other than sealing (HKDF-SHA-256, RFC 5869). */
  purpose(purpose: KeyPurpose): PurposeKeys
}

export interface VersionedKey {
  readonly version: number
  readonly key: KeyObject
}

export interface PurposeKeys {
  active(): Promise<VersionedKey>
  byVersion(version: number): Promise<KeyObject | undefined>
}

export interface KeyRingOptions {
  readonly keyService: KeyService
  readonly keyVersions: KeyVersionStore
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  readonly tenant: string
}

interface OpenedRing {
  readonly loadedAt: number
  readonly activeVersion: number | undefined
  readonly versions: ReadonlyMap<number, OpenedVersion>
}

interface OpenedVersion {
  readonly state: KeyVersion['state']
  /** Absent for versions that may not be used. */
  readonly key?: KeyObject | undefined
  readonly purposes: Map<KeyPurpose, KeyObject>
}

/** Opens the tenant's keys through the key service, and keeps them for five minutes at a time. */
export function createKeyRing({
  keyService,
  keyVersions,
  runtime,
  tenant,
}: KeyRingOptions): KeyRing {
  let cached: OpenedRing | undefined
  let loading: Promise<OpenedRing> | undefined

  /** Callers that arrive while the ring is being opened share one opening. */
  function load(): Promise<OpenedRing> {
    loading ??= reload().finally(() => {
      loading = undefined
    })
    return loading
  }

  async function reload(): Promise<OpenedRing> {
    cached = await openRing()
    return cached
  }

  /** Not a promise: nearly every use finds an opened ring, and each exchange asks for two keys or more. */
  function freshRing(): OpenedRing | undefined {
    const isFresh = cached !== undefined && runtime.now() < cached.loadedAt + CACHE_SECONDS
    return isFresh ? cached : undefined
  }

  async function openRing(): Promise<OpenedRing> {
    const loadedAt = runtime.now()
    const stored = await keyVersions.list({ tenant })
    const versions = new Map<number, OpenedVersion>()
    let activeVersion: number | undefined
    for (const version of stored) {
      const usable = version.state === 'active' || version.state === 'decrypt_only'
      versions.set(version.version, {
        state: version.state,
        key: usable ? await unwrap(version) : undefined,
        purposes: new Map(),
      })
      if (version.state === 'active') {
        activeVersion = Math.max(activeVersion ?? version.version, version.version)
      }
    }
    return { loadedAt, activeVersion, versions }
  }

  async function unwrap(version: KeyVersion): Promise<KeyObject> {
    let bytes: Uint8Array
    try {
      bytes = await keyService.unwrap(version.wrapped, contextOf(version.version))
    } catch (cause) {
      throw new KeyError(
        'key_service_mismatch',
        `Version ${version.version} of the tenant key (wrapped by ${JSON.stringify(version.keyServiceId)}) cannot be opened by the configured key service ${JSON.stringify(keyService.id)}. ` +
          'Give back the key it was wrapped with: beside a new one, as an old key, if you are changing keys.',
        { cause },
      )
    }
    if (bytes.length !== TENANT_KEY_BYTES) {
      throw new KeyError(
        'key_service_mismatch',
        `Version ${version.version} of the tenant key has ${bytes.length} bytes instead of ${TENANT_KEY_BYTES}. Restore the table key_versions from a backup.`,
      )
    }
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  }

  function contextOf(version: number): WrapContext {
    return { tenant, purpose: 'tenant-key', version }
  }

  async function makeFirstVersion(): Promise<void> {
    const bytes = runtime.randomBytes(TENANT_KEY_BYTES)
    const wrapped = await keyService.wrap(bytes, contextOf(1))
    bytes.fill(0)
    // Not made when another process was first: its key is the one to use, and the caller reads again either way.
    await keyVersions.insert({
      tenant,
      version: 1,
      wrapped,
      keyServiceId: keyService.id,
      state: 'active',
      createdAt: runtime.now(),
    })
  }

  async function activeVersion(): Promise<VersionedKey & { readonly opened: OpenedVersion }> {
    let current = freshRing() ?? (await load())
    if (current.versions.size === 0) {
      await makeFirstVersion()
      // Not load(): one that is under way may have looked before the version was there.
      current = await reload()
    }
    if (current.versions.size === 0) {
      throw new KeyError(
        'key_versions_missing',
        'The table key_versions is empty, though the database holds what its keys sealed; a new key would open none of it. ' +
          'Restore the table from a backup, or begin with an empty database, to which everybody connects again.',
      )
    }
    const opened =
      current.activeVersion === undefined ? undefined : current.versions.get(current.activeVersion)
    if (opened?.key === undefined || current.activeVersion === undefined) {
      throw new KeyError(
        'key_version_refused',
        'No version of the tenant key is active, so nothing can be sealed. Make a new version, or set one back to active.',
      )
    }
    return { version: current.activeVersion, key: opened.key, opened }
  }

  async function findVersion(version: number): Promise<OpenedVersion | undefined> {
    let current = freshRing() ?? (await load())
    // Another process may have made it since; a forged version number costs at most one read a second.
    if (!current.versions.has(version) && current.loadedAt < runtime.now()) current = await load()
    const opened = current.versions.get(version)
    if (opened?.state === 'disabled' || opened?.state === 'destroyed') {
      throw new KeyError(
        'key_version_refused',
        opened.state === 'disabled'
          ? `Version ${version} of the tenant key is disabled. Set it to decrypt_only to read what it sealed.`
          : `Version ${version} of the tenant key was destroyed. What it sealed is gone; the accounts must be connected again.`,
      )
    }
    return opened
  }

  return {
    tenant,

    async active() {
      const { version, key } = await activeVersion()
      return { version, key }
    },

    async byVersion(version) {
      return (await findVersion(version))?.key
    },

    purpose(purpose) {
      return {
        async active() {
          const { version, opened } = await activeVersion()
          const key = purposeKey(opened, purpose)
          if (key === undefined) throw new TypeError('The active version has no key')
          return { version, key }
        },
        async byVersion(version) {
          const opened = await findVersion(version)
          return opened && purposeKey(opened, purpose)
        },
      }
    },
  }
}

function purposeKey(opened: OpenedVersion, purpose: KeyPurpose): KeyObject | undefined {
  if (opened.key === undefined) return undefined
  const known = opened.purposes.get(purpose)
  if (known !== undefined) return known
  const bytes = Buffer.from(
    hkdfSync('sha256', opened.key, '', `valetkey purpose key 1: ${purpose}`, 32),
  )
  const key = createSecretKey(bytes)
  bytes.fill(0)
  opened.purposes.set(purpose, key)
  return key
}
