import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { manifestOf } from './install-tarballs.ts'

/** The names that one entry of a package exports, by each way of loading it. */
export interface LoadedEntry {
  readonly entry: string
  readonly imported: readonly string[]
  readonly required: readonly string[]
}

/** Loads every entry of an installed package in a plain Node, by `import` and by `require`. */
export async function loadEntries(name: string, folder: string): Promise<readonly LoadedEntry[]> {
  const { name: packageName, exports } = manifestOf(name)
  const entries = Object.keys(exports)
    .filter((entry) => !entry.endsWith('.css'))
    .map((entry) => packageName + entry.slice(1))
  return await Promise.all(entries.map(async (entry) => await loadEntry(entry, folder)))
}

async function loadEntry(entry: string, cwd: string): Promise<LoadedEntry> {
  const attributes = entry.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
  const program = `
    const required = Object.keys(require('${entry}')).filter((name) => name !== '__esModule').sort()
    import('${entry}'${attributes}).then((module) => {
      const imported = Object.keys(module.default ?? module).sort()
      console.log(JSON.stringify({ required, imported }))
    })`
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], { cwd })
  return { entry, ...(JSON.parse(stdout) as Pick<LoadedEntry, 'imported' | 'required'>) }
}
