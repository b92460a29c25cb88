import type { Interrupt } from './interrupt.ts'
import type { ToolCall } from './tool-call.ts'

/** What a wrapper does, for adapters: get the tokens of a call, and run the tool with them. */
export interface Protection<Call extends ToolCall = ToolCall> {
  /** Names of the connections, in the order given. */
  readonly connections: readonly string[]
  /**
   * Runs the tool with its tokens.
   *
   * @throws {InterruptError} when the user must act first, with the call's id and name in it
   * @throws {ValetKeyError} when nobody can be asked
   */
  run<Result>(call: Call, tool: () => Result): Promise<Awaited<Result>>
  /** Runs an async generator tool; its body has the tokens after every `yield` too. */
  iterate<Item, End, Next>(
    call: Call,
    tool: () => AsyncGenerator<Item, End, Next>,
  ): AsyncGenerator<Item, End, Next>
  /**
   * The real exchange without running the tool, for approval policies: what the user must do first,
   * or `undefined` when the tool may run. The wrapper checks again when it runs.
   *
   * @throws {ValetKeyError} for everything that the user cannot mend
   */
  check(call: Call): Promise<Interrupt | undefined>
  /**
   * Wraps a tool's own function, whose `this` is kept; `toCall` reads the call from its arguments.
   * An async generator function stays one (told by its kind, not by what it returns); the result of
   * any other function is awaited.
   */
  wrap<Parameters extends unknown[], Result>(
    execute: (...parameters: Parameters) => Result,
    toCall: (...parameters: Parameters) => Call,
  ): (...parameters: Parameters) => ProtectedResult<Result>
}

/** What a wrapped function gives: an async generator as before, anything else by promise. */
export type ProtectedResult<Result> = [Result] extends [never]
  ? Promise<never>
  : [Result] extends [AsyncGenerator<infer Item, infer End, infer Next>]
    ? AsyncGenerator<Item, End, Next>
    : Promise<Awaited<Result>>
