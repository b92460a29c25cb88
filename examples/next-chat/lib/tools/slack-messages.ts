import { fetchForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { slackUrl } from '../provider-urls.ts'
import { readAnswer } from '../read-answer.ts'
import { withSlack } from '../valet-key.ts'

/** https://docs.slack.dev/reference/methods/conversations.history */
const Answer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    messages: z.array(z.object({ ts: z.string(), text: z.string() })),
  }),
  z.object({ ok: z.literal(false), error: z.string() }),
])

export const slackMessages = withSlack(
  tool({
    description: "Lists the newest messages of a channel in the user's Slack, newest first",
    inputSchema: z.object({
      channel: z.string().describe('The channel\'s id, or "general"').default('general'),
    }),
    execute: async ({ channel }) => {
      const query = new URLSearchParams({ channel, limit: '5' })
      const answer = await readAnswer(
        await fetchForConnection()(`${slackUrl}/conversations.history?${query}`),
        Answer,
      )
      if (!answer.ok) throw new Error(`Slack answered ${JSON.stringify(answer.error)}`)
      return { channel, messages: answer.messages.map(({ ts: id, text }) => ({ id, text })) }
    },
  }),
)
