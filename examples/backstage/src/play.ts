import { DemoFailure } from './check.ts'
import { processLog } from './processes.ts'
import { bold, dim, green, red } from './terminal.ts'

/** One step of a story; it throws where it does not come true. */
export interface Step {
  readonly title: string
  readonly run: () => Promise<void>
}

/** Tells the steps one after the other; makes the process fail where one does not come true. */
export async function play(
  steps: () => Promise<readonly Step[]> | readonly Step[],
  { stop }: { readonly stop: () => Promise<void> },
): Promise<void> {
  const startedAt = performance.now()
  try {
    for (const [index, { title, run }] of (await steps()).entries()) {
      console.log(`\n${bold(`${index + 1}  ${title}`)}`)
      const beganAt = performance.now()
      await run()
      console.log(`   ${dim(secondsSince(beganAt))}`)
    }
    console.log(`\n${green('All of it is so.')} ${dim(secondsSince(startedAt))}\n`)
  } catch (error) {
    console.error(`\n${red(error instanceof DemoFailure ? error.message : 'The demo broke:')}`)
    if (!(error instanceof DemoFailure)) console.error(error)
    console.error(processLog())
    process.exitCode = 1
  } finally {
    await stop()
  }
}

/** As `1.23 s`; `startedAt` is of `performance.now()`. */
export function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(2)} s`
}
