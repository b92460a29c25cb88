import type { ContextOf, InputOf, MessagesOf, WrappableTool } from './wrappable-tool.ts'

/** What is read of a tool to decide whether it waits. */
export interface ApprovableTool extends WrappableTool {
  readonly needsApproval?: boolean | NeedsApproval | undefined
}

type NeedsApproval = {
  method(input: unknown, details: NeedsApprovalDetails): boolean | PromiseLike<boolean>
}['method']

/** What a tool's own `needsApproval` is told. */
export interface NeedsApprovalDetails {
  readonly toolCallId: string
  readonly messages: unknown
  readonly context?: unknown
}

/** Tools by the name that the model calls them. */
export type ApprovableTools = Readonly<Record<string, ApprovableTool>>

/** What a rule says of a call, in the words of AI SDK 7. `undefined` and `not-applicable` say nothing. */
export type ApprovalStatus =
  | undefined
  | 'not-applicable'
  | 'approved'
  | 'denied'
  | 'user-approval'
  | { type: 'not-applicable'; reason?: never }
  | { type: 'approved' | 'denied' | 'user-approval'; reason?: string }

/** Rules of your own, as you would give them to AI SDK 7: one function for all tools, or what holds for each. */
export type ApprovalPolicy<Tools extends ApprovableTools, RuntimeContext> =
  | Answers<[request: ApprovalRequest<Tools, RuntimeContext>]>
  | { readonly [Name in keyof Tools]?: ApprovalStatus | ApprovalRule<Tools[Name], RuntimeContext> }

/** The rule of one tool. */
export type ApprovalRule<Tool extends ApprovableTool, RuntimeContext> = Answers<
  [input: InputOf<Tool>, details: ApprovalDetails<Tool, RuntimeContext>]
>

/** The type of a method compares its parameters both ways, so that a rule in the AI SDK's own types is one. */
type Answers<Parameters extends readonly unknown[]> = {
  method(...parameters: Parameters): ApprovalStatus | PromiseLike<ApprovalStatus>
}['method']

/** What the rule of one tool is told. */
export interface ApprovalDetails<Tool extends WrappableTool, RuntimeContext> {
  readonly toolCallId: string
  readonly messages: MessagesOf<Tool>
  readonly toolContext: ContextOf<Tool>
  readonly runtimeContext: RuntimeContext
}

/** What a policy for all tools is told. */
export interface ApprovalRequest<Tools extends ApprovableTools, RuntimeContext> {
  readonly toolCall: ApprovalCall<Tools>
  readonly tools: Tools | undefined
  readonly toolsContext: { readonly [Name in keyof Tools]: ContextOf<Tools[Name]> }
  readonly runtimeContext: RuntimeContext
  readonly messages: MessagesOf<Tools[keyof Tools]>
}

/** The call of a tool that is known by its name, or of one that came at run time. */
export type ApprovalCall<Tools extends ApprovableTools> =
  | {
      [Name in keyof Tools & string]: {
        readonly type: 'tool-call'
        readonly toolCallId: string
        readonly toolName: Name
        readonly input: InputOf<Tools[Name]>
        readonly dynamic?: false | undefined
      }
    }[keyof Tools & string]
  | {
      readonly type: 'tool-call'
      readonly toolCallId: string
      readonly toolName: string
      readonly input: unknown
      readonly dynamic: true
    }

/** What goes to `toolApproval` of AI SDK 7: a policy that asks nothing about the types of the tools. */
export type ToolApproval<Tools extends ApprovableTools, RuntimeContext> =
  | Answers<[request: AnyRequest<RuntimeContext>]>
  | { readonly [Name in keyof Tools]?: ApprovalStatus | AnyRule<RuntimeContext> }

/** {@link ApprovalRule}, whatever the tool is. */
export type AnyRule<RuntimeContext = unknown> = Answers<
  [input: unknown, details: AnyDetails<RuntimeContext>]
>

/** {@link ApprovalRequest}, whatever the tools are. */
export interface AnyRequest<RuntimeContext = unknown> {
  readonly toolCall: {
    readonly toolCallId: string
    readonly toolName: string
    readonly input: unknown
  }
  readonly tools: ApprovableTools | undefined
  readonly toolsContext: Readonly<Record<string, unknown>>
  readonly runtimeContext: RuntimeContext
  readonly messages: unknown
}

/** {@link ApprovalDetails}, whatever the tool is. */
export interface AnyDetails<RuntimeContext = unknown> {
  readonly toolCallId: string
  readonly messages: unknown
  readonly toolContext: unknown
  readonly runtimeContext: RuntimeContext
}
