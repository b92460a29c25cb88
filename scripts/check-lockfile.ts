// A lockfile with download addresses would tie every clone to one registry host.
import { readFileSync } from 'node:fs'

const addresses = readFileSync('pnpm-lock.yaml', 'utf8')
  .split('\n')
  .map((line, index) => ({ line, number: index + 1 }))
  .filter(({ line }) => /https?:\/\/|tarball:/.test(line))

for (const { line, number } of addresses) {
  console.error(`pnpm-lock.yaml:${number}: download address: ${line.trim()}`)
}
process.exit(addresses.length === 0 ? 0 : 1)
