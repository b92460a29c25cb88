import { inspect } from 'node:util'
import type { AdapterDriver, AdapterOutcome, AdapterRun } from '@valetkey-internal/testing'
import { findValetKeyError, getInterrupts, stopOnInterrupt } from '@valetkey/vercel-ai'
import type { AiSdk, ChatMessage, UiChunk } from './ai-sdk.ts'
import { wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/** `generateText` without an approval policy: the wrapper's error stops the run, and the app starts it again. */
export function createToolErrorDriver<Message extends ChatMessage, Chunk extends UiChunk, Streamed>(
  sdk: AiSdk<Message, Chunk, Streamed>,
): AdapterDriver {
  const { name, ai, scriptedModel, contextFor } = sdk
  return {
    name: `${name}, generateText with stopOnInterrupt`,
    wrapToolWithoutFunction: () => wrapToolWithoutFunction(ai),
    createApp: (options) => {
      const { tools } = wrappedTools(ai, options)
      return {
        run: async ({ user, calls, signal }) => {
          const model = scriptedModel(calls)
          const seen: unknown[] = []
          const attempt = async (): Promise<AdapterRun> => {
            const outcomes = new Map<string, AdapterOutcome>()
            const toRun = (): AdapterRun => ({
              outcomes,
              transcript: () =>
                inspect([seen, model.doGenerateCalls], {
                  depth: Infinity,
                  maxArrayLength: Infinity,
                  maxStringLength: Infinity,
                }),
              resume: attempt,
            })
            try {
              const result = await ai.generateText({
                model,
                tools,
                ...contextFor(Object.keys(tools), { user }),
                prompt: 'What is new?',
                stopWhen: [ai.stepCountIs(5), stopOnInterrupt()],
                ...(signal === undefined ? {} : { abortSignal: signal }),
                onStepFinish: (step: unknown) => void seen.push(step),
              })
              seen.push(result.response.messages)
              const content = result.steps.flatMap((step) => step.content)
              for (const { toolCallId, interrupt } of getInterrupts(content)) {
                outcomes.set(toolCallId, { status: 'interrupted', interrupt })
              }
              for (const { type, toolCallId = '', output, error } of content) {
                if (type === 'tool-result') {
                  outcomes.set(toolCallId, { status: 'completed', output })
                } else if (type === 'tool-error' && !outcomes.has(toolCallId)) {
                  const code = findValetKeyError(error)?.code
                  outcomes.set(toolCallId, { status: 'failed', code, message: inspect(error) })
                }
              }
            } catch (error) {
              if (signal?.aborted !== true) throw error
              seen.push(error)
            }
            return toRun()
          }
          return await attempt()
        },
      }
    },
  }
}
