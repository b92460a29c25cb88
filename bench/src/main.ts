// ./dev bench: every figure beside its reference from the same run, as a table and as JSON.
// --quick: only that everything runs. Its figures mean nothing and are not kept.
import { cpus } from 'node:os'
import { join } from 'node:path'

import { measureLangchain } from './langchain.ts'
import { measureNextRoutes } from './next-routes.ts'
import { installPeer } from './peers.ts'
import { profileExchange } from './profile-exchange.ts'
import { printProfile, printTable, writeJson } from './report.ts'
import { measureLoading, measureWrap } from './sdk.ts'
import { measureServers } from './server-rounds.ts'
import { FULL_SIZE, QUICK_SIZE } from './size.ts'

const isQuick = process.argv.includes('--quick')
const size = isQuick ? QUICK_SIZE : FULL_SIZE
const vercelPeer = installPeer('@auth0/ai-vercel')
const langchainPeer = installPeer('@auth0/ai-langchain')
const servers = await measureServers(size)
const profile = await profileExchange(size)
const sections = [
  { title: 'Exchange on SQLite', rows: servers.exchange },
  { title: 'Login', rows: servers.login },
  { title: 'Tool wrap', rows: await measureWrap(vercelPeer) },
  { title: 'Loading', rows: await measureLoading(vercelPeer) },
  { title: 'LangChain', rows: await measureLangchain(langchainPeer) },
  { title: 'Next.js', rows: await measureNextRoutes(size) },
]

for (const { title, rows } of sections) {
  console.log(`\n${title}`)
  printTable(rows)
}
console.log('\nExchange of a refresh token, by part')
printProfile(profile, servers.echoCpuMicroseconds)

if (!isQuick) {
  const file = join(import.meta.dirname, '..', 'results', 'latest.json')
  writeJson(file, {
    measuredAt: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    sections,
    profile,
  })
  console.log('\nWritten to bench/results/latest.json')
}
