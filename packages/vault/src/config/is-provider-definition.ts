import * as z from 'zod'

/** Whether a value has the members of a `ProviderDefinition` that the vault relies on. Its URLs are checked at start-up. */
export function isProviderDefinition(value: unknown): boolean {
  return ProviderShape.safeParse(value).success
}

/** A host as a Content-Security-Policy names it: what else stood there would be policy. */
const CSP_HOST_SOURCE = /^https?:\/\/(?:\*\.)?[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d{1,5})?$/i

const ProviderShape = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  authorizationEndpoint: z.string(),
  tokenEndpoint: z.string(),
  issuer: z.string().optional(),
  jwksUri: z.string().optional(),
  revocation: z
    .looseObject({
      endpoint: z.string(),
      style: z.enum([
        'rfc7009',
        'post_json_with_basic',
        'delete_json_with_basic',
        'post_with_bearer',
      ]),
      scope: z.enum(['token', 'grant']),
    })
    .optional(),
  clientAuthentication: z.enum(['client_secret_post', 'client_secret_basic']),
  tokenRequestBody: z.enum(['form', 'json']),
  pkce: z.enum(['S256', 'unsupported']),
  scopeParameter: z.enum(['scope', 'user_scope']),
  scopeSeparator: z.enum([' ', ',']),
  grantedScopeSeparator: z.enum([' ', ',', 'comma_or_space']),
  impliedScopes: z.record(z.string(), z.array(z.string())).optional(),
  scopeTexts: z.record(z.string(), z.string()).optional(),
  accessToken: z.looseObject({ expiry: z.string() }),
  refreshToken: z.looseObject({ issued: z.enum(['never', 'default', 'conditional']) }),
  tokenResponse: z.looseObject({ shape: z.string(), errors: z.string() }),
  identity: z.looseObject({ source: z.enum(['id_token', 'userinfo', 'token_response']) }),
  apiOrigins: z.array(z.string()).min(1),
  consentOrigins: z.array(z.string().regex(CSP_HOST_SOURCE)).optional(),
})
