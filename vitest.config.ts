import { defineConfig } from 'vitest/config'

const packages = [
  'core',
  'emulator',
  'langchain',
  'next',
  'providers',
  'react',
  'vault',
  'vercel-ai',
]
/** Nothing at module level to keep apart: a fresh process for each file took half of the time. */
const sharing = ['core', 'emulator', 'providers']

const langchainPeers = [
  '@langchain/core',
  '@langchain/langgraph',
  '@langchain/langgraph-checkpoint-postgres',
  '@langchain/langgraph-checkpoint-sqlite',
  'langchain',
]

export default defineConfig({
  test: {
    allowOnly: false,
    // Vitest leaves a core free, which on two cores is half of them.
    maxWorkers: '100%',
    passWithNoTests: false,
    // Real servers, keys and child processes: a busy machine needs longer than the default.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      ...packages.map((name) => ({
        extends: true as const,
        test: {
          name: `@valetkey/${name}`,
          root: `packages/${name}`,
          isolate: !sharing.includes(name),
        },
      })),
      {
        extends: true,
        // From here, and not from where the adapter lies, its peers are the lowest that it supports.
        root: 'e2e/lowest-langchain',
        resolve: { dedupe: langchainPeers },
        test: {
          name: '@valetkey/langchain on its lowest peers',
          dir: 'packages/langchain/test',
          // Its child processes find their own peers.
          exclude: ['**/resume-process.test.ts'],
          env: { LANGCHAIN_PEERS: 'lowest' },
        },
      },
      { extends: true, test: { name: 'bench', root: 'bench' } },
      { extends: true, test: { name: 'scripts', root: 'scripts' } },
      'e2e',
    ],
  },
})
