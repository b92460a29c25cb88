import type { ProviderDefinition } from '@valetkey/providers'
import * as z from 'zod'

import { CONNECTION_NAME } from '../domain/connection.ts'
import { isProviderDefinition } from './is-provider-definition.ts'
import { nameForPeople, scopes, text, wrong } from './setting-kinds.ts'

const providerDefinition = z
  .custom<ProviderDefinition>(isProviderDefinition, {
    error: wrong(
      'an id of the catalog such as "google", or what customOAuth2 or customOidc return',
    ),
  })
  .meta({ type: 'object', description: 'What customOAuth2 or customOidc of the catalog return.' })

/** What a connection is, apart from its secret. */
export const connectionSettings = {
  name: text('a name such as "google-oauth2"').regex(CONNECTION_NAME, {
    error: 'must be lower-case letters, digits and hyphens, beginning with a letter or digit',
  }),
  provider: z.union([z.string(), providerDefinition], {
    error: wrong(
      'an id of the catalog such as "google", or what customOAuth2 or customOidc return',
    ),
  }),
  displayName: nameForPeople.optional(),
  clientId: text('the client id that the provider gave you'),
  scopes: scopes().default([]),
} as const
