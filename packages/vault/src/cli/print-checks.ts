import * as z from 'zod'

import { plain } from './print-table.ts'

/** One finding of `test` and `doctor`. */
export const Check = z.object({
  check: z.string(),
  outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
  detail: z.string(),
  mend: z.string().optional(),
})

const MARKS = { passed: 'ok  ', warning: 'WARN', failed: 'FAIL', skipped: '-   ' } as const

/** One line for each check, and the mend below what is wrong. */
export function printChecks(checks: readonly z.infer<typeof Check>[]): void {
  const width = Math.max(...checks.map(({ check }) => check.length))
  for (const { check, outcome, detail, mend } of checks) {
    process.stdout.write(`${MARKS[outcome]}  ${check.padEnd(width)}  ${plain(detail)}\n`)
    if (mend !== undefined) process.stdout.write(`${' '.repeat(width + 8)}→ ${plain(mend)}\n`)
  }
}
