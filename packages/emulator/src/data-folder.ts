import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import type { KeyStorage } from './signing-keys.ts'
import { createState, type EmulatorState } from './state.ts'

/** Where keys and tokens outlast the process. */
export interface DataFolder {
  readonly keys: KeyStorage
  readonly readState: () => EmulatorState
  readonly writeState: (state: EmulatorState) => void
}

/**
 * Opens a folder, and makes it when there is none. It holds private keys and tokens of the emulator,
 * none of which is good anywhere else.
 *
 * @throws {Error} when a file in it cannot be read as what the emulator writes
 */
export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const keysFile = join(path, 'emulator-keys.json')
  const stateFile = join(path, 'emulator-state.json')
  return {
    keys: {
      read: () => readJson<Record<string, JWK[]>>(keysFile) ?? {},
      write: (keys) => writeWhole(keysFile, JSON.stringify(keys)),
    },
    readState: () => {
      const stored = readJson<Partial<Record<keyof EmulatorState, [string, never][]>>>(stateFile)
      const state = createState()
      if (stored === undefined) return state
      for (const [name, map] of entriesOf(state)) {
        for (const [key, value] of stored[name] ?? []) map.set(key, value)
      }
      return state
    },
    writeState: (state) => {
      const plain = Object.fromEntries(entriesOf(state).map(([name, map]) => [name, [...map]]))
      writeWhole(stateFile, JSON.stringify(plain))
    },
  }
}

function entriesOf(state: EmulatorState): [keyof EmulatorState, Map<string, unknown>][] {
  return [
    ['families', state.families],
    ['accessTokens', state.accessTokens],
    ['refreshTokens', state.refreshTokens],
    ['codes', state.codes],
    ['consents', state.consents],
    ['events', state.events],
    ['messages', state.messages],
    ['mails', state.mails],
  ]
}

function readJson<Shape>(file: string): Shape | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new Error(`Cannot read ${file}`, { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON. Delete it to begin anew.`, { cause })
  }
}

/** Over a second file, so that a crash leaves the old content or the new, never half. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
