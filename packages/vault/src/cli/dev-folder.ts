import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import * as z from 'zod'

import { createLocalKeyFile } from '../crypto/local-key-file.ts'
import type { Runtime } from '../ports/runtime.ts'
import { UserError } from './user-error.ts'

/** Where `valetkey dev` keeps what must be the same after a restart. */
export interface DevFolderPaths {
  readonly path: string
  readonly keyFile: string
  readonly databaseFile: string
  readonly emulatorFolder: string
  readonly tlsFolder: string
}

export interface DevFolder extends DevFolderPaths {
  readonly clientId: string
  readonly clientSecret: string
}

const DevClient = z.strictObject({ clientId: z.string().min(1), clientSecret: z.string().min(32) })

/** Makes nothing. */
export function devFolderPaths(folder: string): DevFolderPaths {
  const path = resolve(folder)
  return {
    path,
    keyFile: join(path, 'vault.key'),
    databaseFile: join(path, 'vault.db'),
    emulatorFolder: join(path, 'emulator'),
    tlsFolder: join(path, 'tls'),
  }
}

/**
 * Opens the folder, making what is missing.
 *
 * @throws {UserError} when it cannot be used
 */
export function openDevFolder(
  folder: string,
  { randomBytes }: Pick<Runtime, 'randomBytes'>,
): DevFolder {
  const paths = devFolderPaths(folder)
  const { path, keyFile } = paths
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UserError(`${path} cannot be made. Choose another folder with --data.`, {
      cause: error,
    })
  }
  const ignoreFile = join(path, '.gitignore')
  if (!existsSync(ignoreFile)) writeFileSync(ignoreFile, '*\n')
  if (!existsSync(keyFile)) createLocalKeyFile(keyFile, { randomBytes })
  return {
    ...paths,
    ...openClient(join(path, 'client.json'), randomBytes),
  }
}

function openClient(file: string, randomBytes: Runtime['randomBytes']): z.infer<typeof DevClient> {
  if (!existsSync(file)) {
    const client = {
      clientId: 'demo-agent',
      clientSecret: `vks_${Buffer.from(randomBytes(32)).toString('base64url')}`,
    }
    writeFileSync(file, `${JSON.stringify(client, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    return client
  }
  const parsed = DevClient.safeParse(readJson(file))
  if (!parsed.success) {
    throw new UserError(`${file} is damaged. Delete it to get a new client id and secret.`)
  }
  return parsed.data
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // What cannot be read is as damaged as what holds the wrong things; the caller says so.
    return undefined
  }
}
