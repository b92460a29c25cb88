import type { Interrupt } from './interrupt.ts'
import { findInterrupt } from './interrupt-error.ts'
import { parseInterrupt, type ParseInterruptOptions } from './parse-interrupt.ts'

/** One call that waits for its user. */
export interface PendingInterrupt {
  readonly interrupt: Interrupt
  readonly toolCallId: string
  /** Answer this approval when the user is done, and the same call runs. Absent: regenerate. */
  readonly approvalId: string | undefined
}

/** What is read of a message's or a result's parts. */
export interface MessagePart {
  readonly type: string
  readonly toolCallId?: unknown
  readonly toolCall?: unknown
  readonly state?: unknown
  readonly approval?: unknown
  readonly approvalId?: unknown
  readonly reason?: unknown
  readonly errorText?: unknown
  readonly error?: unknown
}

/**
 * The interrupts in the `parts` of an AI SDK UI message (in the browser), or in the `content` of a result (on
 * the server), in their order. Parts that say something else are passed over, whatever they hold.
 *
 * The text of an error is the tool's, and may forge an interrupt. So a `connectUrl` is there only
 * when it is a path of your app, or leads to one of `connectOrigins`.
 *
 * @throws TypeError for `connectOrigins` that are none
 */
export function interruptsInParts(
  parts: readonly MessagePart[],
  options: ParseInterruptOptions = {},
): readonly PendingInterrupt[] {
  return parts.flatMap((part) => {
    const interrupt = parseInterrupt(interruptIn(part), options)
    const toolCallId = part.toolCallId ?? member(part.toolCall, 'toolCallId')
    // An approval that led to an error has been used up.
    const approval = part.state === 'output-error' ? undefined : part.approval
    const approvalId = part.approvalId ?? member(approval, 'id')
    if (interrupt === undefined || typeof toolCallId !== 'string') return []
    const id = typeof approvalId === 'string' ? approvalId : undefined
    return [{ interrupt, toolCallId, approvalId: id }]
  })
}

/** What may be an interrupt, as an object or as its JSON. */
function interruptIn(part: MessagePart): unknown {
  if (part.type === 'tool-approval-request') return part.reason
  if (part.type === 'tool-error') return findInterrupt(part.error)
  if (part.state === 'output-error') return part.errorText
  if (part.state !== 'approval-requested') return undefined
  return member(part.approval, 'requestReason')
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
