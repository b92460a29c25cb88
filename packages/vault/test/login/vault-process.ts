import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { VaultConfig } from '../../src/index.ts'

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** A vault in a process of its own: within one, SQLite's synchronous calls let no two requests meet halfway. */
export interface VaultProcess {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts the built vault with the same settings, database and keys. */
export async function startVaultProcess(
  config: VaultConfig,
  issuer: string,
): Promise<VaultProcess> {
  if (!existsSync(LIBRARY)) throw new Error('Build the package first: it is tested as built')
  const { local } = config.keys
  if (!(local instanceof Uint8Array)) throw new TypeError('The key of a test is in memory')
  const settings = { ...config, issuer, keys: { local: Buffer.from(local).toString('base64') } }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { PATH: process.env['PATH'], LIBRARY, SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
    void ended.then(() => reject(new Error('The vault ended before it listened')))
  })
  return {
    url,
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const PROGRAM = `
const { startVault } = await import(process.env.LIBRARY)
const { keys, ...settings } = JSON.parse(process.env.SETTINGS)
const vault = await startVault({ ...settings, keys: { local: Buffer.from(keys.local, 'base64') } })
console.log(vault.url)
`
