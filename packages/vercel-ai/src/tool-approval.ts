import { parseInterrupt, serializeInterrupt, type ToolCall } from '@valetkey/core'
import type {
  AnyDetails,
  ApprovableTool,
  ApprovableTools,
  ApprovalPolicy,
  ApprovalStatus,
  NeedsApprovalDetails,
  ToolApproval,
} from './approval-policy.ts'
import { checkOf } from './wrappable-tool.ts'

/** Options of `toolApproval`. */
export interface ToolApprovalOptions<Tools extends ApprovableTools, RuntimeContext> {
  /** Your own rules, as you would give them to the AI SDK. Where they say nothing, the tool's `needsApproval` does. */
  readonly policy?: ApprovalPolicy<Tools, RuntimeContext> | undefined
}

/**
 * The approval policy that pauses a wrapped tool while its user has to act: `user-approval`, with the
 * interrupt's JSON as its reason. Your rules come first: what they deny or leave to the user stays so,
 * since a user who connects an account has not said yes to an action. A response of the client proves
 * nothing either: the wrapper checks again before the tool runs.
 *
 * Only AI SDK 7 asks a policy; in 5 and 6 the wrapper's own error pauses the run (`stopOnInterrupt`).
 */
export function toolApproval<
  Tools extends ApprovableTools,
  RuntimeContext = Record<string, unknown>,
>(
  tools: Tools,
  options?: ToolApprovalOptions<Tools, RuntimeContext>,
): ToolApproval<Tools, RuntimeContext>
export function toolApproval(
  tools: ApprovableTools,
  { policy }: { readonly policy?: ToolApproval<ApprovableTools, unknown> | undefined } = {},
): ToolApproval<ApprovableTools, unknown> {
  if (typeof policy === 'function') {
    return async (request) => {
      const { toolCallId, toolName, input } = request.toolCall
      const tool = own(request.tools ?? tools, toolName)
      const details = {
        toolCallId,
        messages: request.messages,
        context: own(request.toolsContext, toolName),
      }
      const status = (await policy(request)) ?? (await ownStatus(tool, input, details))
      return await pauseToConnect(status, tool, toCall(toolName, input, details))
    }
  }
  // A rule per tool, where it can be: only those get a context that the tool's schema has checked.
  const rules = Object.entries(tools).map(([toolName, tool]) => {
    const rule = own(policy, toolName)
    return [
      toolName,
      async (input: unknown, given: AnyDetails) => {
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
  tool: ApprovableTool | undefined,
  input: unknown,
  details: NeedsApprovalDetails,
): Promise<ApprovalStatus> {
  const needsApproval = tool?.needsApproval
  const isNeeded =
    typeof needsApproval === 'function' ? await needsApproval(input, details) : needsApproval
  return isNeeded === true ? 'user-approval' : undefined
}

async function pauseToConnect(
  status: ApprovalStatus,
  tool: ApprovableTool | undefined,
  call: ToolCall,
): Promise<ApprovalStatus> {
  const type = typeof status === 'object' ? status.type : status
  if (type === 'user-approval') return withoutInterrupt(status)
  if (type === 'denied') return status
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

/** A reason may quote the model, and a page takes an interrupt in it for ours: "connected" would be "yes". */
function withoutInterrupt(status: ApprovalStatus): ApprovalStatus {
  const reason = typeof status === 'object' ? status.reason : undefined
  return parseInterrupt(reason) === undefined ? status : 'user-approval'
}

function toCall(
  toolName: string,
  input: unknown,
  { toolCallId, context }: NeedsApprovalDetails,
): ToolCall {
  return { input, toolCallId, toolName, signal: undefined, context }
}

/** Names come from the model: `constructor` must not find anything. */
function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
