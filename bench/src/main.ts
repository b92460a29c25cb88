// ./dev bench: every figure beside its reference from the same run, as a table and as JSON.
import { cpus } from 'node:os'
import { join } from 'node:path'

import { measureExchange } from './exchange.ts'
import { installPeers } from './peers.ts'
import { printTable, writeJson } from './report.ts'
import { measureLoading, measureWrap } from './sdk.ts'

const peers = installPeers()
const sections = [
  { title: 'Exchange on SQLite', rows: await measureExchange() },
  { title: 'Tool wrap', rows: await measureWrap(peers) },
  { title: 'Loading', rows: await measureLoading(peers) },
]

for (const { title, rows } of sections) {
  console.log(`\n${title}`)
  printTable(rows)
}
const file = join(import.meta.dirname, '..', 'results', 'latest.json')
writeJson(file, {
  measuredAt: new Date().toISOString(),
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  sections,
})
console.log('\nWritten to bench/results/latest.json')
