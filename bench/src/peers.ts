import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Peers are installed by the bench into its own folder, never by the project. */
const PEERS = { '@auth0/ai-vercel': '4.1.0', ai: '5.0.277', zod: '4.6.7', react: '19.2.0' } as const

/** The folder whose `node_modules` holds the peers; `undefined` when they cannot be installed (offline). */
export function installPeers(): string | undefined {
  const folder = join(import.meta.dirname, '..', 'node_modules', '.peers')
  const installed = join(folder, 'node_modules', '@auth0', 'ai-vercel', 'package.json')
  if (existsSync(installed)) return folder

  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: PEERS }),
  )
  try {
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    return folder
  } catch (error) {
    console.error(`The peers could not be installed, so their rows are missing: ${String(error)}`)
    return undefined
  }
}
