import { inspect } from 'node:util'
import type { AdapterDriver, AdapterOutcome, AdapterRun } from '@valetkey-internal/testing'
import {
  findValetKeyError,
  getInterrupts,
  interruptText,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import type { AiSdk, ChatMessage, Step, UiChunk } from './ai-sdk.ts'
import { createChatClient } from './chat-client.ts'
import { wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/**
 * A chat: `streamText` in a route, and a browser that answers what it is asked. AI SDK 7 asks the policy
 * in `toolApproval`; to the others the option means nothing, and they pause by the tool's error.
 */
export function createChatDriver<Message extends ChatMessage, Chunk extends UiChunk, Streamed>(
  sdk: AiSdk<Message, Chunk, Streamed>,
): AdapterDriver {
  const { name, ai, scriptedModel, contextFor, toUiStream } = sdk
  return {
    name: `${name}, streamText and a chat`,
    wrapToolWithoutFunction: () => wrapToolWithoutFunction(ai),
    createApp: (options) => {
      const { valetKey, tools } = wrappedTools(ai, options)
      const toolApproval = valetKey.toolApproval(tools)
      return {
        run: async ({ user, calls, signal }) => {
          const model = scriptedModel(calls)
          const seen: unknown[] = []
          const errors = new Map<string, unknown>()
          const partial = new Map<string, unknown[]>()

          const chat = createChatClient(sdk, async (messages) => {
            const streamed = ai.streamText({
              model,
              tools,
              toolApproval,
              ...contextFor(Object.keys(tools), { user }),
              messages: await ai.convertToModelMessages(messages, { tools }),
              stopWhen: [ai.stepCountIs(5), stopOnInterrupt()],
              ...(signal === undefined ? {} : { abortSignal: signal }),
              // Of an approved call only AI SDK 7 tells, and only here.
              onToolExecutionEnd: ({ toolCall, toolOutput }: ToolExecutionEnd) => {
                seen.push(toolOutput)
                errors.set(toolCall.toolCallId, toolOutput.error)
              },
              onStepFinish: (step: Step) => {
                seen.push(step)
                for (const { toolCallId = '', error } of step.content) errors.set(toolCallId, error)
              },
            })
            const chunks = toUiStream(streamed, {
              originalMessages: messages,
              onError: interruptText,
            })
            return chunks.pipeThrough(
              new TransformStream<Chunk, Chunk>({
                transform: (chunk, controller) => {
                  seen.push(chunk)
                  const { type, toolCallId = '', preliminary, output } = chunk
                  if (type === 'tool-output-available' && preliminary === true) {
                    partial.set(toolCallId, [...(partial.get(toolCallId) ?? []), output])
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
              parts.flatMap((part): [string, AdapterOutcome][] => {
                const { toolCallId: id, state, output, errorText } = part
                if (id === undefined) return []
                const interrupt = waiting.get(id)
                if (interrupt !== undefined) return [[id, { status: 'interrupted', interrupt }]]
                if (state === 'output-available') {
                  return [[id, { status: 'completed', output, partial: partial.get(id) ?? [] }]]
                }
                if (state !== 'output-error') return []
                const code = findValetKeyError(errors.get(id))?.code
                return [[id, { status: 'failed', code, message: errorText ?? '' }]]
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
                .some(({ parts }) => parts.some(({ state }) => state === 'approval-requested'))
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
}

interface ToolExecutionEnd {
  readonly toolCall: { readonly toolCallId: string }
  readonly toolOutput: { readonly error?: unknown }
}
