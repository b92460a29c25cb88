import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import type { WrapFigure } from './measured-calls.ts'

/** Measures one subject in a process of its own; `file` is one beside this one. */
export function runWrapSubject<Figure extends WrapFigure>(
  file: string,
  name: string,
  peers: string | undefined,
): Figure {
  const printed = execFileSync(
    process.execPath,
    [join(import.meta.dirname, file), name, ...(peers === undefined ? [] : [peers])],
    { encoding: 'utf8' },
  )
  return JSON.parse(printed) as Figure
}
