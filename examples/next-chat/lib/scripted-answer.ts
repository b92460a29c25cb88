import * as z from 'zod'

/** A result as the model gets it from the AI SDK. */
interface ResultPart {
  readonly type: string
  readonly toolName?: string
  readonly output?: { readonly type: string; readonly value?: unknown }
}

const Results = {
  calendarEvents: z.object({ events: z.array(z.object({ title: z.string() })) }),
  addEvent: z.object({ added: z.object({ title: z.string() }) }),
  slackMessages: z.object({ channel: z.string(), messages: z.array(z.unknown()) }),
  myRepositories: z.object({ repositories: z.array(z.unknown()) }),
}

/** Sums the results of tools up, as a model would: from the conversation. */
export function describeResults(content: readonly ResultPart[]): string {
  return content
    .filter(({ type }) => type === 'tool-result')
    .map(describe)
    .join(' ')
}

function describe({ toolName = '', output }: ResultPart): string {
  if (output?.type === 'execution-denied') return DENIED[toolName] ?? 'I went on without it.'
  if (output?.type !== 'json') return 'Something did not work, so I cannot tell.'
  const events = Results.calendarEvents.safeParse(output.value)
  if (events.success) {
    const [first] = events.data.events
    return first === undefined
      ? 'Your calendar is empty today.'
      : `${count(events.data.events, 'event')} today, and ${first.title} is the first.`
  }
  const added = Results.addEvent.safeParse(output.value)
  if (added.success) return `${added.data.added.title} is in your calendar.`
  const messages = Results.slackMessages.safeParse(output.value)
  if (messages.success) {
    return `${count(messages.data.messages, 'message')} in #${messages.data.channel}.`
  }
  const repositories = Results.myRepositories.safeParse(output.value)
  if (repositories.success)
    return `${count(repositories.data.repositories, 'repository')} on GitHub.`
  return 'That is done.'
}

const DENIED: Readonly<Record<string, string>> = {
  calendarEvents: 'Without your calendar I cannot tell what is on today.',
  addEvent: 'I left your calendar as it is.',
  slackMessages: 'Without Slack I cannot tell what is new there.',
  myRepositories: 'Without GitHub I cannot tell which repositories you have.',
}

function count(things: readonly unknown[], name: string): string {
  const plural = name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`
  return `${things.length} ${things.length === 1 ? name : plural}`
}
