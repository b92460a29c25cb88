import type { ProviderApis } from './api.ts'
import { githubApis } from './github.ts'
import { googleApis } from './google.ts'
import { notionApis } from './notion.ts'
import { slackApis } from './slack.ts'

/** APIs of their own, by provider id. Every provider has the plain ones besides. */
export const apisByProvider: Readonly<Record<string, ProviderApis>> = {
  google: googleApis,
  github: githubApis,
  'github-app': githubApis,
  slack: slackApis,
  notion: notionApis,
}
