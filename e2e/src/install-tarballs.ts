import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
/** Of the repository. */
export const root = resolve(import.meta.dirname, '../..')

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

/** What an app installs. */
export interface Installation {
  /** Folders of `packages/`; with them what they depend on. */
  readonly packages: readonly string[]
  /** What others publish, by the name that the app imports: a folder of this workspace that has it, and under which name. */
  readonly links: Readonly<Record<string, readonly [folder: string, name: string]>>
}

/** Packs packages as they would be published, and installs them where nothing else is. */
export async function installTarballs(
  app: string,
  { packages, links }: Installation,
): Promise<void> {
  const tarballs = join(app, 'tarballs')
  mkdirSync(tarballs)
  const own = await Promise.all(
    packages.map(async (name) => {
      const cwd = join(root, 'packages', name)
      await exec('pnpm', ['pack', '--pack-destination', tarballs], { cwd })
      const manifest = manifestOf(name)
      const file = `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`
      return [manifest.name, `file:${join(tarballs, file)}`] as const
    }),
  )
  // What others publish is linked from this workspace, so that no registry is asked: only what a
  // package names among its dependencies gets linked.
  const foreign = packages.flatMap((name) =>
    Object.keys(manifestOf(name).dependencies ?? {})
      .filter((need) => !need.startsWith('@valetkey/'))
      .map((need) => linkTo(need, [`packages/${name}`, need])),
  )
  const peers = Object.entries(links).map(([name, from]) => linkTo(name, from))
  const overrides = Object.fromEntries([...own, ...foreign, ...peers])
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({
      name: 'app',
      private: true,
      dependencies: Object.fromEntries([...own, ...peers]),
    }),
  )
  // JSON is YAML.
  writeFileSync(join(app, 'pnpm-workspace.yaml'), JSON.stringify({ overrides }))
  await exec('pnpm', ['install', '--offline', '--ignore-scripts'], { cwd: app })
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}

function linkTo(
  name: string,
  [folder, as]: readonly [folder: string, name: string],
): readonly [string, string] {
  return [name, `link:${realpathSync(join(root, folder, 'node_modules', as))}`]
}
