import { readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { UserError } from './user-error.ts'

export interface LoadedConfig {
  /** Not yet checked. */
  readonly config: unknown
  /** What its relative paths are relative to. */
  readonly folder: string
}

/** Reads a configuration file: TypeScript by Node's own type stripping, JavaScript, or JSON. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const path = resolve(file)
  const folder = dirname(path)
  switch (extname(path)) {
    case '.json':
      return { config: parseJson(readText(path), path), folder }
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      readText(path)
      return { config: await importDefault(path), folder }
    default:
      throw new UserError(`${path} has to end in .ts, .mts, .js, .mjs or .json.`)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new UserError(
      code === 'ENOENT'
        ? `${path} does not exist. "valetkey init" makes one.`
        : `${path} cannot be read (${code}).`,
      { cause: error },
    )
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // JSON.parse quotes the text around the mistake, which may be a secret.
    throw new UserError(`${path} is not JSON.`, { cause: error })
  }
}

async function importDefault(path: string): Promise<unknown> {
  let module: { readonly default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  } catch (error) {
    throw new UserError(explainImport(error, path), { cause: error })
  }
  if (module.default === undefined) {
    throw new UserError(`${path} has no default export. Write: export default defineVault({ … })`)
  }
  return module.default
}

function explainImport(error: unknown, path: string): string {
  // What a configuration throws by itself, such as defineVault's list of problems, is meant to be read.
  if (!(error instanceof Error)) return `${path} threw something that is not an error.`
  if ('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    return `${path} imports something that is not installed here. For @valetkey/vault: npm install @valetkey/vault, or import only its types.`
  }
  if ('code' in error && error.code === 'config_invalid') return error.message
  return `${path} cannot be loaded: ${error.name}: ${error.message}`
}
