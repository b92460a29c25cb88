import { githubApp } from './github-app.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { notion } from './notion.ts'
import type { ProviderDefinition } from './provider-definition.ts'
import { slack } from './slack.ts'

/** The catalog, by provider id. */
export const providers = {
  google,
  github,
  'github-app': githubApp,
  slack,
  notion,
} as const satisfies Readonly<Record<string, ProviderDefinition>>

/** Ids of the catalog. */
export type ProviderId = keyof typeof providers

/** The definition with this id, or `undefined` when the catalog has none. */
export function findProvider(id: string): ProviderDefinition | undefined {
  return Object.values<ProviderDefinition>(providers).find((provider) => provider.id === id)
}
