import { findInterrupt } from '@valetkey/core'

/** What is read of the AI SDK's steps. */
export interface StepsSoFar {
  readonly steps: readonly {
    readonly content: readonly { readonly type: string; readonly error?: unknown }[]
  }[]
}

/**
 * For `stopWhen`: ends the run at a tool error that the user has to mend, before the model answers
 * it with advice of its own. Not needed for calls that `toolApproval` pauses.
 */
export function stopOnInterrupt(): (options: StepsSoFar) => boolean {
  return ({ steps }) =>
    steps.at(-1)?.content.some((part) => findInterrupt(part.error) !== undefined) ?? false
}
