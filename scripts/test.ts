// The whole gate, step by step, with timings: `./dev test`. Stops at the first step that fails.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const reportFolder = mkdtempSync(join(tmpdir(), 'valetkey-test-'))
const reportFile = join(reportFolder, 'report.json')

const steps: readonly Step[] = [
  { name: 'lockfile', command: ['node', 'scripts/check-lockfile.ts'] },
  { name: 'documents', command: ['node', 'scripts/sync-docs.ts'] },
  { name: 'requirements', command: ['node', 'scripts/check-requirements.ts'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'dead code', command: ['knip', '--no-config-hints'] },
  { name: 'typecheck', command: ['turbo', 'run', 'typecheck', '--output-logs=errors-only'] },
  { name: 'packages', command: ['turbo', 'run', 'check:package', '--output-logs=errors-only'] },
  {
    name: 'tests',
    command: [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
    ],
  },
]

for (const step of steps) {
  console.log(`\n── ${step.name} ──`)
  const startedAt = performance.now()
  const [program, ...parameters] = step.command
  const { status } = spawnSync(program, parameters, { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`\n${step.name} failed: ${step.command.join(' ')}`)
    process.exit(1)
  }
  console.log(`${step.name} ok, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

const report = JSON.parse(readFileSync(reportFile, 'utf8')) as {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}
rmSync(reportFolder, { recursive: true })
const skipped = report.numPendingTests + report.numTodoTests
console.log(`\n${report.numPassedTests} passed, ${report.numFailedTests} failed`)
if (skipped > 0) {
  console.error(`${skipped} tests were skipped. A test runs or is deleted.`)
  process.exit(1)
}
