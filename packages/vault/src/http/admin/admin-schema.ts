import * as z from 'zod'

import { ProviderSecret, RegisteredClient } from '../../config/registered-settings.ts'
import { clientSettings } from '../../config/client-settings.ts'
import { connectionSettings } from '../../config/connection-settings.ts'
import { object } from '../../config/setting-kinds.ts'
import { text } from '../routes/connected-accounts-schema.ts'

const DAY_SECONDS = 86_400

const time = z.int().nonnegative().meta({ description: 'Seconds since the epoch.' })

const after = text(1, 256).optional().meta({ description: '`next` of the page before.' })

const page = {
  after,
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'This is no number from 1 to 100.')
    .transform(Number)
    .default(20)
    .meta({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
}

const next = text(1, 256)
  .optional()
  .meta({ description: 'Where the next page begins; absent on the last one.' })

const origin = z
  .enum(['configuration', 'registration'])
  .meta({ description: 'Only what was registered can be changed here.' })

const scopes = z.array(z.string())

/** Queries of lists. */
export const Page = z.strictObject(page)

export const NoQuery = z.strictObject({})

export const UsersQuery = z
  .strictObject({
    issuer: text(1, 2_048).optional(),
    subject: text(1, 2_048).optional(),
    ...page,
  })
  .refine(({ issuer, subject }) => (issuer === undefined) === (subject === undefined), {
    path: ['subject'],
    message: 'Send issuer and subject together.',
  })

export const AccountsQuery = z.strictObject({ connection: text(1, 128).optional(), ...page })

const seconds = z
  .string()
  .regex(/^\d{1,12}$/, 'This is no number of seconds.')
  .transform(Number)
  .optional()
  .meta({ type: 'integer', minimum: 0, description: 'Seconds since the epoch.' })

export const AuditFilterQuery = z.strictObject({
  user: text(1, 128).optional(),
  client: text(1, 128).optional(),
  connection: text(1, 128).optional(),
  type: text(1, 64).optional(),
  from: seconds,
  until: seconds,
  ...page,
})

/** Bodies. Clients and connections are as in the configuration file. */
export const ConnectionRegistration = object({
  ...connectionSettings,
  clientSecret: ProviderSecret,
})
export const ClientRegistration = RegisteredClient

const { name: _name, provider: _provider, ...changeableConnection } = connectionSettings
export const ConnectionChanges = changesOf({
  ...changeableConnection,
  clientSecret: ProviderSecret,
})

const { id: _id, type: _type, ...changeableClient } = clientSettings
export const ClientChanges = changesOf(changeableClient)

export const NoBody = z.strictObject({})

export const SecretRequest = z.strictObject({
  previousExpiresInSeconds: z
    .int()
    .min(0)
    .max(90 * DAY_SECONDS)
    .optional()
    .meta({
      description: 'The secret before is refused from then on. Absent: until it is removed.',
    }),
})

export const VerifyRequest = z.strictObject({
  heads: text(1, 50_000).optional().meta({
    description: 'Heads that were kept elsewhere: lines of audit.headFile, or of the log.',
  }),
})

export const DiagnoseRequest = z
  .strictObject({
    client: text(1, 128),
    user: text(1, 128).optional(),
    identity: z.strictObject({ issuer: text(1, 2_048), subject: text(1, 2_048) }).optional(),
    connection: text(1, 128),
    scopes: z.array(text(1, 255)).max(100).optional(),
    loginHint: text(1, 2_048).optional(),
    grant: z.enum(['token_exchange', 'auth0_token_exchange']).default('token_exchange'),
  })
  .refine(({ user, identity }) => (user === undefined) !== (identity === undefined), {
    path: ['user'],
    message: 'Send either user or identity.',
  })

/** Answers. None has a member that could hold a token, or a secret that was there before. */
const registered = { origin, createdAt: time.optional(), updatedAt: time.optional() }

export const ConnectionAnswer = object({ ...connectionSettings, ...registered })

export const ClientAnswer = object({
  ...clientSettings,
  ...registered,
  secrets: z
    .array(z.strictObject({ id: z.string(), createdAt: time, expiresAt: time.optional() }))
    .meta({ description: 'Those that count. Secrets of the configuration file are not listed.' }),
})

export const NewClientAnswer = z.strictObject({
  client: ClientAnswer,
  secret: z
    .strictObject({ id: z.string(), value: z.string() })
    .optional()
    .meta({ description: 'Just made, and never shown again.' }),
})

export const ConnectionsAnswer = z.strictObject({ connections: z.array(ConnectionAnswer), next })
export const ClientsAnswer = z.strictObject({ clients: z.array(ClientAnswer), next })

const verdicts = z.array(
  z.strictObject({
    check: z.string(),
    outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
    detail: z.string(),
    mend: z.string().optional(),
  }),
)

export const ConnectionTestAnswer = z.strictObject({
  works: z.boolean(),
  redirectUri: z.string().meta({ description: 'To be registered at the provider.' }),
  checks: verdicts,
})

export const DiagnosisAnswer = z.strictObject({
  works: z.boolean().meta({ description: 'Whether the exchange would give a token now.' }),
  userId: z.string().optional(),
  accountId: z.string().optional(),
  checks: verdicts,
})

export const UserAnswer = z.strictObject({
  id: z.string(),
  createdAt: time,
  identities: z.array(z.strictObject({ issuer: z.string(), subject: z.string() })),
})
export const UsersAnswer = z.strictObject({ users: z.array(UserAnswer), next })

export const AccountAnswer = z.strictObject({
  id: z.string(),
  userId: z.string(),
  connection: z.string(),
  providerAccountId: z.string(),
  label: z.string(),
  state: z.enum(['active', 'uncertain', 'reauth_required', 'revoked']),
  reconnectReason: z.enum(['revoked', 'expired', 'rotation_lost', 'account_changed']).optional(),
  scopes,
  generation: z.int(),
  isRefreshable: z.boolean(),
  accessExpiresAt: time.optional(),
  refreshExpiresAt: time.optional(),
  lastErrorCode: z.string().optional(),
  createdAt: time,
  updatedAt: time,
})
export const AccountsAnswer = z.strictObject({ accounts: z.array(AccountAnswer), next })

export const AuditAnswer = z.strictObject({
  records: z.array(
    z.strictObject({
      writerId: z.string(),
      sequence: z.int(),
      event: z.looseObject({ type: z.string(), at: z.number() }),
    }),
  ),
  next: text(1, 256)
    .optional()
    .meta({ description: 'Where the next page begins, also where this one is short or empty.' }),
})

export const AuditVerdictAnswer = z.strictObject({
  whole: z.boolean(),
  records: z.int(),
  chains: z.int(),
  breaks: z.array(
    z.strictObject({
      writerId: z.string(),
      sequence: z.int(),
      problem: z.string(),
      message: z.string(),
    }),
  ),
})

export const ProblemAnswer = z.strictObject({
  type: z.string(),
  status: z.int(),
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  validation_errors: z
    .array(
      z.strictObject({
        detail: z.string(),
        field: z.string().optional(),
        pointer: z.string().optional(),
        source: z.enum(['body', 'query']),
      }),
    )
    .optional(),
})

/** Any of the members, each also `null`: back to its default. What is left out stays, so no default counts here. */
function changesOf(
  shape: Readonly<Record<string, z.ZodType>>,
): z.ZodType<Readonly<Record<string, unknown>>> {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([name, schema]) => [
        name,
        z.nullable(withoutDefault(schema)).optional(),
      ]),
    ),
  )
}

function withoutDefault(schema: z.ZodType): z.core.$ZodType {
  const hasInner =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  return hasInner ? schema.unwrap() : schema
}
