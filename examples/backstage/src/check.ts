import { green, red } from './terminal.ts'

/** The demo saw something else than it tells. */
export class DemoFailure extends Error {}

/** Prints what was seen to be true; ends the demo where it is not. */
export function check(isTrue: boolean, claim: string, evidence?: unknown): void {
  console.log(`   ${isTrue ? green('✓') : red('✗')} ${claim}`)
  if (isTrue) return
  const seen = evidence === undefined ? '' : `\n     seen: ${JSON.stringify(evidence)}`
  throw new DemoFailure(`This is not so: ${claim}${seen}`)
}
