import { explainFailure } from './explain-failure.ts'
import { createProgram } from './program.ts'

/** Runs the command of the process's arguments; a failure is one message and exit code 1. */
export async function run(): Promise<void> {
  try {
    await createProgram().parseAsync()
  } catch (error) {
    process.stderr.write(`valetkey: ${explainFailure(error)}\n`)
    process.exit(1)
  }
}
