import { findInterrupt, type Interrupt, parseInterrupt } from '@valetkey/core/interrupts'

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
 * The interrupts in the `parts` of a UI message (in the browser), or in the `content` of a result (on
 * the server), in their order. Parts that say something else are passed over, whatever they hold.
 */
export function getInterrupts(parts: readonly MessagePart[]): readonly PendingInterrupt[] {
  return parts.flatMap((part) => {
    const pending = readPart(part)
    return pending === undefined ? [] : [pending]
  })
}

function readPart(part: MessagePart): PendingInterrupt | undefined {
  switch (part.type) {
    case 'tool-approval-request':
      return pending(
        parseInterrupt(part.reason),
        field(part.toolCall, 'toolCallId'),
        part.approvalId,
      )
    case 'tool-error':
      return pending(findInterrupt(part.error), part.toolCallId, undefined)
    default:
      break
  }
  if (part.state === 'approval-requested') {
    const reason = field(part.approval, 'requestReason')
    return pending(parseInterrupt(reason), part.toolCallId, field(part.approval, 'id'))
  }
  if (part.state !== 'output-error') return undefined
  return pending(parseInterrupt(part.errorText), part.toolCallId, undefined)
}

function pending(
  interrupt: Interrupt | undefined,
  toolCallId: unknown,
  approvalId: unknown,
): PendingInterrupt | undefined {
  if (interrupt === undefined || typeof toolCallId !== 'string') return undefined
  return {
    interrupt,
    toolCallId,
    approvalId: typeof approvalId === 'string' ? approvalId : undefined,
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
