import {
  parseInterrupt,
  type ParseInterruptOptions,
  type ResumeAnswer,
} from '@valetkey/core/interrupts'
import type { Answer, Answers, WaitingCall } from './waiting-call.ts'

/** What is read of `useStream` of `@langchain/langgraph-sdk/react`. */
export interface LangGraphStream {
  readonly isLoading: boolean
  readonly interrupts: readonly LangGraphInterrupt[]
  readonly submit: (
    values: undefined,
    options: { command: { resume: unknown } },
  ) => Promise<unknown>
}

/** What is read of `useStream` of `@langchain/react`. */
export interface LangChainStream {
  readonly isLoading: boolean
  readonly interrupts: readonly LangGraphInterrupt[]
  readonly respondAll: (responsesById: Record<string, unknown>) => Promise<unknown>
}

/** What is read of an interrupt of a graph. */
export interface LangGraphInterrupt {
  readonly id?: string | undefined
  readonly value?: unknown
}

/** What a paused call is resumed with. It proves nothing: the tool asks the vault again. */
const resumeValues = {
  resume: { type: 'valetkey.resume', version: 1, outcome: 'done' },
  decline: { type: 'valetkey.resume', version: 1, outcome: 'declined' },
} as const satisfies Record<Answer, ResumeAnswer>

/** The interrupts of the graph that are Valet Key's. While the graph runs, none can be answered. */
export function callsOfStream(
  { isLoading, interrupts }: LangGraphStream | LangChainStream,
  options: ParseInterruptOptions,
): readonly WaitingCall[] {
  if (isLoading) return []
  return interrupts.flatMap(({ id, value }, index) => {
    const interrupt = parseInterrupt(value, options)
    // Servers before interrupts had ids paused at one of them only.
    return interrupt === undefined
      ? []
      : [{ id: id ?? `interrupt-${index}`, pause: id ?? '', interrupt }]
  })
}

/** A graph that was told what the user decided. */
export interface ResumedStream {
  readonly calls: readonly WaitingCall[]
  /** Settles with the run, or when it could not be started. */
  readonly run: Promise<unknown>
}

/** Resumes the graph once all its calls are answered. */
export function settleStream(
  stream: LangGraphStream | LangChainStream,
  calls: readonly WaitingCall[],
  answers: Answers,
): ResumedStream | undefined {
  const resumes = calls.flatMap(({ pause }) => {
    const answer = answers.get(pause)
    return answer === undefined ? [] : [[pause, resumeValues[answer]] as const]
  })
  if (stream.isLoading || resumes.length < calls.length) return undefined
  if ('respondAll' in stream) {
    return { calls, run: stream.respondAll(Object.fromEntries(resumes)) }
  }
  const [[first, value] = []] = resumes
  const resume = first === '' ? value : Object.fromEntries(resumes)
  return { calls, run: stream.submit(undefined, { command: { resume } }) }
}
