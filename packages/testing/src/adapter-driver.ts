import type { EventListener } from '@valetkey/core'

/**
 * One framework's side of {@link describeAdapter}: how its tools are wrapped, its agent run and its
 * pause read. Everything that differs between frameworks is here; everything that must not is there.
 */
export interface AdapterDriver {
  /** As it appears in test names. */
  readonly name: string
  /** Wraps the tools by the adapter's own `createValetKey`, and gives an agent that has them. */
  readonly createApp: (options: AdapterAppOptions) => AdapterApp
  /** Wraps a tool of the framework that has nothing to run; must throw. */
  readonly wrapToolWithoutFunction: () => void
}

/** What the app around the tools is made of. */
export interface AdapterAppOptions {
  /** Handed to the adapter's `createValetKey` as they are. */
  readonly settings: AdapterSettings
  /** The app's sessions: the login token of the user whom the framework's own context names. */
  readonly accessTokenOf: (user: string) => string | undefined
  readonly tools: readonly AdapterTool[]
}

/** Options of `createValetKey` that the suite sets. */
export interface AdapterSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly connectUrl: string
  readonly timeoutSeconds?: number | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly onEvent?: EventListener | undefined
}

/** One tool, before the framework knows it. Its input is `{ text: string }`. */
export interface AdapterTool {
  readonly name: string
  /** Options of `withTokenForConnection`, the innermost first: more than one is a nested wrapper. None: not wrapped. */
  readonly wrappers: readonly AdapterToolOptions[]
  readonly execute: (
    input: AdapterToolInput,
    call: AdapterToolCall,
  ) => Promise<unknown> | AsyncGenerator<unknown, unknown>
  /** Whether `execute` is an async generator function. */
  readonly isGenerator: boolean
}

/** What the model sends to every tool. */
export interface AdapterToolInput {
  readonly text: string
}

/** What the framework tells a tool. */
export interface AdapterToolCall {
  readonly signal: AbortSignal | undefined
}

/** Options of one wrapper. */
export type AdapterToolOptions =
  | {
      readonly connection: string
      readonly scopes: readonly string[]
      readonly retry?: 'never' | 'once'
    }
  | {
      readonly connections: readonly {
        readonly connection: string
        readonly scopes: readonly string[]
      }[]
    }

/** The framework's agent, with the tools and a scripted model. */
export interface AdapterApp {
  /**
   * One run for one user: the model asks for all calls in one step, and says something once it has
   * their results. Resolves when the framework stops, by itself or because of `signal`.
   */
  readonly run: (request: AdapterRunRequest) => Promise<AdapterRun>
}

/** What a run is about. */
export interface AdapterRunRequest {
  /** Goes to the tools through the framework's own context, not through a closure. */
  readonly user: string
  readonly calls: readonly AdapterCall[]
  readonly signal?: AbortSignal | undefined
}

/** One call that the scripted model makes. */
export interface AdapterCall {
  readonly id: string
  readonly tool: string
  /** As the model sends it: fields that the schema does not name are the model's own idea. */
  readonly input: AdapterToolInput & Readonly<Record<string, unknown>>
}

/** How far a run has come. */
export interface AdapterRun {
  /** By call id. A call that neither ended nor waits is absent. */
  readonly outcomes: ReadonlyMap<string, AdapterOutcome>
  /** All that the framework keeps, sends or shows the model: messages, state, stream, prompts, as text. */
  readonly transcript: () => string
  /** Goes on with this run, as the app does after the user has said "done" to everything it asks. */
  readonly resume: () => Promise<AdapterRun>
}

/** What became of one call. */
export type AdapterOutcome =
  | {
      readonly status: 'completed'
      readonly output: unknown
      /** What a generator yielded, in order, where the framework passes that on. */
      readonly partial?: readonly unknown[] | undefined
    }
  | {
      readonly status: 'interrupted'
      /** As the browser gets it in the framework's own pause: JSON, or its text. */
      readonly interrupt: unknown
    }
  | {
      readonly status: 'failed'
      /** `code` of our error, read in the way an app on this framework reads it. */
      readonly code: string | undefined
      readonly message: string
    }
