import { inspect } from 'node:util'
import type { AdapterDriver, AdapterOutcome, AdapterRun } from '@valetkey-internal/testing'
import {
  findValetKeyError,
  getInterrupts,
  interruptText,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import {
  convertToModelMessages,
  isToolUIPart,
  stepCountIs,
  streamText,
  toUIMessageStream,
  type UIMessageChunk,
} from 'ai'
import { createChatClient } from './chat-client.ts'
import { scriptedModel } from './scripted-model.ts'
import { contextFor, wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/** A chat: `streamText` with `toolApproval` in a route, and a browser that answers what it is asked. */
export const approvalDriver: AdapterDriver = {
  name: 'vercel-ai, streamText with toolApproval',
  wrapToolWithoutFunction,
  createApp: (options) => {
    const { valetKey, tools } = wrappedTools(options)
    const toolApproval = valetKey.toolApproval(tools)
    return {
      run: async ({ user, calls, signal }) => {
        const model = scriptedModel(calls)
        const seen: unknown[] = []
        const errors = new Map<string, unknown>()
        const partial = new Map<string, unknown[]>()

        const chat = createChatClient(async (messages) => {
          const result = streamText({
            model,
            tools,
            toolApproval,
            toolsContext: contextFor(tools, user),
            messages: await convertToModelMessages(messages, { tools }),
            stopWhen: [stepCountIs(5), stopOnInterrupt()],
            ...(signal === undefined ? {} : { abortSignal: signal }),
            onToolExecutionEnd: ({ toolCall, toolOutput }) => {
              seen.push(toolOutput)
              if (toolOutput.type === 'tool-error')
                errors.set(toolCall.toolCallId, toolOutput.error)
            },
            onStepEnd: (step) => void seen.push(step),
          })
          const chunks = toUIMessageStream({
            stream: result.stream,
            originalMessages: messages,
            onError: interruptText,
          })
          return chunks.pipeThrough(
            new TransformStream<UIMessageChunk, UIMessageChunk>({
              transform: (chunk, controller) => {
                seen.push(chunk)
                if (chunk.type === 'tool-output-available' && chunk.preliminary === true) {
                  partial.set(chunk.toolCallId, [
                    ...(partial.get(chunk.toolCallId) ?? []),
                    chunk.output,
                  ])
                }
                controller.enqueue(chunk)
              },
            }),
          )
        })

        const outcomes = (): ReadonlyMap<string, AdapterOutcome> => {
          const parts = chat.messages().flatMap((message) => message.parts)
          const waiting = new Map(
            getInterrupts(parts).map(({ toolCallId, interrupt }) => [toolCallId, interrupt]),
          )
          return new Map(
            parts.filter(isToolUIPart).flatMap((part): [string, AdapterOutcome][] => {
              const { toolCallId: id } = part
              const interrupt = waiting.get(id)
              if (interrupt !== undefined) return [[id, { status: 'interrupted', interrupt }]]
              if (part.state === 'output-available') {
                const { output } = part
                return [[id, { status: 'completed', output, partial: partial.get(id) ?? [] }]]
              }
              if (part.state !== 'output-error') return []
              const code = findValetKeyError(errors.get(id))?.code
              return [[id, { status: 'failed', code, message: part.errorText }]]
            }),
          )
        }

        const toRun = (): AdapterRun => ({
          outcomes: outcomes(),
          transcript: () =>
            inspect([seen, chat.messages(), model.doStreamCalls], {
              depth: Infinity,
              maxArrayLength: Infinity,
              maxStringLength: Infinity,
            }),
          resume: async () => {
            const isWaiting = chat
              .messages()
              .some(({ parts }) =>
                parts.some((part) => isToolUIPart(part) && part.state === 'approval-requested'),
              )
            await (isWaiting ? chat.approveAll() : chat.regenerate())
            return toRun()
          },
        })

        await chat.say('What is new?')
        return toRun()
      },
    }
  },
}
