#!/usr/bin/env node
// Nothing is imported before this check: what the vault is built on does not load on older versions.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `valetkey: Node ${process.versions.node} is too old. Use Node 22.18 or newer, such as the current LTS.\n`,
  )
  process.exit(1)
}
const { run } = await import('./run.ts')
await run()
