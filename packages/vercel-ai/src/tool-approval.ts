import { serializeInterrupt, type ToolCall } from '@valetkey/core'
import type { ModelMessage, ToolApprovalConfiguration, ToolApprovalStatus, ToolSet } from 'ai'
import { checkOf } from './wrappable-tool.ts'

/** Options of `toolApproval`. */
export interface ToolApprovalOptions<Tools extends ToolSet, RuntimeContext> {
  /** Your own rules, as you would give them to the AI SDK. Where they say nothing, the tool's `needsApproval` does. */
  readonly policy?: ToolApprovalConfiguration<Tools, RuntimeContext> | undefined
}

type AnyTool = ToolSet[string]

interface CallDetails {
  readonly toolCallId: string
  readonly messages: ModelMessage[]
  readonly context: unknown
}

/**
 * The approval policy that pauses a wrapped tool while its user has to act: `user-approval`, with the
 * interrupt's JSON as its reason. Your rules come first: what they deny or leave to the user stays so,
 * since a user who connects an account has not said yes to an action. A response of the client proves
 * nothing either: the wrapper checks again before the tool runs.
 */
export function toolApproval<Tools extends ToolSet, RuntimeContext = Record<string, unknown>>(
  tools: Tools,
  options?: ToolApprovalOptions<Tools, RuntimeContext>,
): ToolApprovalConfiguration<Tools, RuntimeContext>
export function toolApproval(
  tools: ToolSet,
  { policy }: ToolApprovalOptions<ToolSet, unknown> = {},
): ToolApprovalConfiguration<ToolSet, unknown> {
  if (typeof policy === 'function') {
    return async (options) => {
      const { toolCallId, toolName, input } = options.toolCall
      const tool = own(options.tools ?? tools, toolName)
      const details = {
        toolCallId,
        messages: options.messages,
        context: own<unknown>(options.toolsContext, toolName),
      }
      const status = (await policy(options)) ?? (await ownStatus(tool, input, details))
      return await pauseToConnect(status, tool, toCall(toolName, input, details))
    }
  }
  // A rule per tool, where it can be: only those get a context that the tool's schema has checked.
  const rules = Object.entries(tools).map(([toolName, tool]) => {
    const rule = own(policy, toolName)
    return [
      toolName,
      async (input: unknown, given: Parameters<Extract<typeof rule, Function>>[1]) => {
        const { toolCallId, messages, toolContext: context } = given
        const details = { toolCallId, messages, context }
        const status =
          (typeof rule === 'function' ? await rule(input, given) : rule) ??
          (await ownStatus(tool, input, details))
        return await pauseToConnect(status, tool, toCall(toolName, input, details))
      },
    ] as const
  })
  return { ...policy, ...Object.fromEntries(rules) }
}

/** What the tool itself says; the AI SDK asks it only where there is no policy. */
async function ownStatus(
  tool: AnyTool | undefined,
  input: unknown,
  details: CallDetails,
): Promise<ToolApprovalStatus> {
  const needsApproval = tool?.needsApproval
  const isNeeded =
    typeof needsApproval === 'function' ? await needsApproval(input, details) : needsApproval
  return isNeeded === true ? 'user-approval' : undefined
}

async function pauseToConnect(
  status: ToolApprovalStatus,
  tool: AnyTool | undefined,
  call: ToolCall,
): Promise<ToolApprovalStatus> {
  const type = typeof status === 'object' ? status.type : status
  if (type === 'denied' || type === 'user-approval') return status
  try {
    const interrupt = await checkOf(tool)?.check(call)
    return interrupt === undefined
      ? status
      : { type: 'user-approval', reason: JSON.stringify(serializeInterrupt(interrupt)) }
  } catch {
    // Nothing that the user could mend. The wrapper meets it too, and there it is the tool's own error.
    return status
  }
}

function toCall(toolName: string, input: unknown, { toolCallId, context }: CallDetails): ToolCall {
  return { input, toolCallId, toolName, signal: undefined, context }
}

/** Names come from the model: `constructor` must not find anything. */
function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
