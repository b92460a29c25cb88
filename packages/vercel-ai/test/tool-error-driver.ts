import { inspect } from 'node:util'
import type { AdapterDriver, AdapterOutcome, AdapterRun } from '@valetkey-internal/testing'
import { findValetKeyError, getInterrupts, stopOnInterrupt } from '@valetkey/vercel-ai'
import { generateText, stepCountIs } from 'ai'
import { scriptedModel } from './scripted-model.ts'
import { contextFor, wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/** `generateText` without an approval policy: the wrapper's error stops the run, and the app starts it again. */
export const toolErrorDriver: AdapterDriver = {
  name: 'vercel-ai, generateText with stopOnInterrupt',
  wrapToolWithoutFunction,
  createApp: (options) => {
    const { tools } = wrappedTools(options)
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
            const result = await generateText({
              model,
              tools,
              toolsContext: contextFor(tools, user),
              prompt: 'What is new?',
              stopWhen: [stepCountIs(5), stopOnInterrupt()],
              ...(signal === undefined ? {} : { abortSignal: signal }),
              onStepEnd: (step) => void seen.push(step),
            })
            seen.push(result.responseMessages)
            const content = result.steps.flatMap((step) => step.content)
            for (const { toolCallId, interrupt } of getInterrupts(content)) {
              outcomes.set(toolCallId, { status: 'interrupted', interrupt })
            }
            for (const part of content) {
              if (part.type === 'tool-result') {
                outcomes.set(part.toolCallId, {
                  status: 'completed',
                  output: part.output,
                })
              } else if (part.type === 'tool-error' && !outcomes.has(part.toolCallId)) {
                const code = findValetKeyError(part.error)?.code
                const message = inspect(part.error)
                outcomes.set(part.toolCallId, { status: 'failed', code, message })
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
