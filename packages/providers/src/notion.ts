import type { ProviderDefinition } from './provider-definition.ts'

/**
 * A public Notion connection. No scopes: capabilities are set at Notion, and the user picks pages.
 *
 * https://developers.notion.com/docs/authorization
 * https://developers.notion.com/reference/refresh-a-token
 * https://developers.notion.com/reference/revoke-token
 */
export const notion = {
  id: 'notion',
  name: 'Notion',
  authorizationEndpoint: 'https://api.notion.com/v1/oauth/authorize',
  tokenEndpoint: 'https://api.notion.com/v1/oauth/token',
  revocation: {
    endpoint: 'https://api.notion.com/v1/oauth/revoke',
    style: 'post_json_with_basic',
    scope: 'grant',
  },
  clientAuthentication: 'client_secret_basic',
  tokenRequestBody: 'json',
  requestHeaders: { 'Notion-Version': '2025-09-03' },
  pkce: 'unsupported',
  scopeParameter: 'scope',
  scopeSeparator: ' ',
  grantedScopeSeparator: ' ',
  authorizationParameters: { owner: 'user' },
  accessToken: { expiry: 'as_stated' },
  refreshToken: { issued: 'default', rotation: 'strict' },
  tokenResponse: {
    shape: 'standard',
    format: 'json',
    errors: 'status',
    scope: 'empty',
    refreshErrorCodes: [],
    clientErrorCodes: [],
    codeErrorCodes: [],
  },
  identity: {
    source: 'token_response',
    idPaths: ['workspace_id', 'bot_id'],
    labelPaths: ['workspace_name', 'owner.user.name'],
  },
  apiOrigins: ['https://api.notion.com'],
  unconfirmed: ['pkce', 'accessToken.expiry', 'refreshToken.rotation', 'revocation.scope'],
} as const satisfies ProviderDefinition
