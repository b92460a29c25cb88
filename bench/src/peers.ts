import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Peers are installed by the bench into folders of its own, never by the project. */
const PEERS = {
  '@auth0/ai-vercel': { '@auth0/ai-vercel': '4.1.0', ai: '5.0.277', zod: '4.6.7', react: '19.2.0' },
  // Its range for @auth0/ai admits versions with which it does not load; 3.5.0 is of its own time.
  '@auth0/ai-langchain': {
    '@auth0/ai-langchain': '3.5.2',
    '@auth0/ai': '3.5.0',
    '@langchain/core': '0.3.80',
    '@langchain/langgraph': '0.4.10',
    zod: '3.25.76',
  },
} as const

/** The name of a peer. */
export type PeerName = keyof typeof PEERS

/** The folder whose `node_modules` holds the peer; `undefined` when it cannot be installed (offline). */
export function installPeer(name: PeerName): string | undefined {
  const folder = join(import.meta.dirname, '..', 'node_modules', `.peers-${name.split('/')[1]}`)
  if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return folder

  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: PEERS[name] }),
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
    console.error(`${name} could not be installed, so its rows are missing: ${String(error)}`)
    return undefined
  }
}
