/**
 * A vault process that kills itself, as `kill -9` does, at one point of a refresh.
 * Environment: `CONFIG` (a VaultConfig as JSON), `ROOT_KEY`, `CRASH_AT` (a CrashPoint).
 */
import { startVault, type VaultConfig } from '@valetkey/vault'

const { CONFIG = '', CRASH_AT, ROOT_KEY } = process.env
// Written by the test that starts this process, and checked by the vault.
const config: VaultConfig = JSON.parse(CONFIG)

const vault = await startVault(config, {
  environment: { ROOT_KEY },
  crashPointForTests: (point) => {
    if (point === CRASH_AT) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write(`${vault.issuer}\n`)
