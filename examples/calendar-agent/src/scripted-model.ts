import type { LanguageModel } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'

type Prompt = MockLanguageModelV4['doGenerateCalls'][number]['prompt']
type Answer = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>

/** A model that knows four questions, so that the demo needs no key and no network. */
export function scriptedModel(today: string): LanguageModel {
  let calls = 0
  return new MockLanguageModelV4({
    modelId: 'script',
    doGenerate: async ({ prompt }) => {
      if (prompt.at(-1)?.role === 'tool') return say(summary(prompt))
      return {
        ...say(''),
        content: wanted(lastQuestion(prompt), today).map(({ name, input }) => {
          calls += 1
          return {
            type: 'tool-call',
            toolCallId: `call_${calls}`,
            toolName: name,
            input: JSON.stringify(input),
          }
        }),
        finishReason: { unified: 'tool-calls', raw: undefined },
      }
    },
  })
}

interface WantedCall {
  readonly name: string
  readonly input: Readonly<Record<string, string>>
}

function wanted(question: string, today: string): readonly WantedCall[] {
  if (/name/i.test(question)) return [{ name: 'myName', input: {} }]
  if (/repositories/i.test(question)) return [{ name: 'myRepositories', input: {} }]
  const days = /five days/i.test(question) ? 5 : 1
  return Array.from({ length: days }, (_, index) => ({
    name: 'calendarEvents',
    input: { date: dayAfter(today, index) },
  }))
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
}

function lastQuestion(prompt: Prompt): string {
  const message = prompt.findLast(({ role }) => role === 'user')
  return message?.role === 'user'
    ? message.content.map((part) => (part.type === 'text' ? part.text : '')).join(' ')
    : ''
}

/** Reads the tool results as a model would: from the conversation. */
function summary(prompt: Prompt): string {
  const results = prompt.at(-1)
  const texts = (results?.role === 'tool' ? results.content : []).map((part) => {
    if (part.type !== 'tool-result') return ''
    if (part.output.type === 'json') return titles(part.output.value)
    const reason = part.output.type === 'error-text' ? part.output.value : part.output.type
    return `I cannot look: ${reason.split('. ')[0]}.`
  })
  return texts.filter((text) => text !== '').join(', ') || 'Nothing is planned.'
}

function titles(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  if ('name' in value) return `Your name is ${String(value.name)}.`
  if ('repositories' in value) return `You have ${String(value.repositories)}.`
  const items: unknown = 'items' in value ? value.items : []
  if (!Array.isArray(items)) return ''
  return items.map((item: { summary?: unknown }) => String(item.summary)).join(', ')
}

function say(text: string): Answer {
  return {
    content: [{ type: 'text', text }],
    finishReason: { unified: 'stop', raw: undefined },
    usage: {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    },
    warnings: [],
  }
}
