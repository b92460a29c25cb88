import * as z from 'zod'

import { clientSettings } from './client-settings.ts'
import { connectionSettings } from './connection-settings.ts'
import { object } from './setting-kinds.ts'

/** A client as the admin API takes it: as in the configuration file, but its secrets are the vault's to make. */
export const RegisteredClient = object(clientSettings)
export type RegisteredClient = z.infer<typeof RegisteredClient>

/** A connection as the admin API takes it, apart from its secret. */
export const RegisteredConnection = object(connectionSettings)
export type RegisteredConnection = z.infer<typeof RegisteredConnection>

/** What the provider gave the vault: itself, not a reference. Nobody may read the vault's environment through the API. */
export const ProviderSecret = z
  .string({ error: 'is missing. Give the secret that the provider gave you' })
  .min(1, { error: 'is missing. Give the secret that the provider gave you' })
  .max(4_096, { error: 'is longer than any client secret' })
  .refine((secret) => !/^(?:env|file):/.test(secret), {
    error: 'is a reference, as in the configuration file. Give the secret itself',
  })

/** What a registration's row holds, sealed. */
export const SealedClient = z.strictObject({
  settings: RegisteredClient,
  secrets: z.array(
    z.strictObject({
      id: z.string(),
      hash: z.string(),
      createdAt: z.number(),
      expiresAt: z.number().optional(),
    }),
  ),
})
export type SealedClient = z.infer<typeof SealedClient>

export const SealedConnection = z.strictObject({
  settings: RegisteredConnection,
  providerSecret: ProviderSecret,
})
export type SealedConnection = z.infer<typeof SealedConnection>
