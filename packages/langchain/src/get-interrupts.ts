import {
  type Interrupt,
  parseInterrupt,
  type ParseInterruptOptions,
} from '@valetkey/core/interrupts'

/** One call that waits for its user. */
export interface PendingInterrupt {
  readonly interrupt: Interrupt
  /** Resumes this call alone: `new Command({ resume: { [id]: true } })`. */
  readonly id: string
}

/** How deep a chunk of a stream holds its interrupts: `[namespace, mode, { __interrupt__ }]`. */
const maxDepth = 3

/**
 * The interrupts of a graph that waits: in what `invoke` gave (`__interrupt__`), in `getState()`
 * (`tasks`), or in a chunk of a stream, in their order. Safe on values of any origin: what is no
 * interrupt is passed over. A `connectUrl` is there only when it is a path of your app, or leads to
 * one of `connectOrigins`.
 *
 * @throws TypeError for `connectOrigins` that are none
 */
export function getInterrupts(
  state: unknown,
  options: ParseInterruptOptions = {},
): readonly PendingInterrupt[] {
  return [
    ...new Map(
      pauses(state, maxDepth).flatMap((pause) => {
        const interrupt = parseInterrupt(member(pause, 'value'), options)
        const id = member(pause, 'id')
        return interrupt === undefined || typeof id !== 'string'
          ? []
          : [[id, { interrupt, id }] as const]
      }),
    ).values(),
  ]
}

/** LangGraph's own interrupts, whoever raised them. */
function pauses(state: unknown, depth: number): readonly unknown[] {
  if (depth === 0) return []
  return [
    ...list(state).flatMap((part) => pauses(part, depth - 1)),
    ...list(member(state, '__interrupt__')),
    ...list(member(state, 'tasks')).flatMap((task) => list(member(task, 'interrupts'))),
  ]
}

/** A getter or a proxy that throws has nothing to say, here and below. */
function list(value: unknown): readonly unknown[] {
  try {
    return Array.isArray(value) ? [...value] : []
  } catch {
    return []
  }
}

function member(value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  } catch {
    return undefined
  }
}
