import { type LanguageModel, simulateReadableStream } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { describeResults } from './scripted-answer.ts'
import { today } from './today.ts'

type StreamResult = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Chunk = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never

/** A model that knows five questions, so that the example needs no key and no network. */
export function scriptedModel(): LanguageModel {
  return new MockLanguageModelV4({
    modelId: 'script',
    doStream: async ({ prompt }) => {
      const last = prompt.at(-1)
      if (last?.role === 'tool') return stream(text(describeResults(last.content)))
      const wanted = last?.role === 'user' ? toolsFor(textOf(last.content)) : []
      return stream(
        wanted.length === 0
          ? text(
              'I know your calendar, your Slack and your repositories. Ask me about one of them.',
            )
          : calls(wanted),
      )
    },
  })
}

interface WantedCall {
  readonly toolName: string
  readonly input: Readonly<Record<string, string>>
}

/** What a question needs: by its words, in a fixed order. */
function toolsFor(question: string): readonly WantedCall[] {
  const date = today()
  const rules: readonly (WantedCall & { readonly words: RegExp })[] = [
    {
      words: /\b(add|book|schedule)\b/i,
      toolName: 'addEvent',
      input: {
        title: 'Focus time',
        startsAt: `${date}T16:00:00Z`,
        endsAt: `${date}T17:00:00Z`,
      },
    },
    { words: /\b(calendar|today)\b/i, toolName: 'calendarEvents', input: { date } },
    { words: /\bslack\b/i, toolName: 'slackMessages', input: { channel: 'general' } },
    { words: /\b(repositories|github)\b/i, toolName: 'myRepositories', input: {} },
  ]
  const matching = rules.filter(({ words }) => words.test(question))
  return matching[0]?.toolName === 'addEvent' ? matching.slice(0, 1) : matching
}

function textOf(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.map((part) => part.text ?? '').join(' ')
}

function calls(wanted: readonly WantedCall[]): readonly Chunk[] {
  return wanted.map(({ toolName, input }) => ({
    type: 'tool-call',
    toolCallId: `call_${crypto.randomUUID()}`,
    toolName,
    input: JSON.stringify(input),
  }))
}

function text(sentence: string): readonly Chunk[] {
  return [
    { type: 'text-start', id: 'text' },
    ...sentence.split(/(?<= )/).map((delta): Chunk => ({ type: 'text-delta', id: 'text', delta })),
    { type: 'text-end', id: 'text' },
  ]
}

function stream(parts: readonly Chunk[]): StreamResult {
  const unified = parts.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop'
  const chunks: Chunk[] = [
    { type: 'stream-start', warnings: [] },
    ...parts,
    {
      type: 'finish',
      finishReason: { unified, raw: undefined },
      usage: {
        inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 0, text: 0, reasoning: 0 },
      },
    },
  ]
  return { stream: simulateReadableStream({ chunks }) }
}
