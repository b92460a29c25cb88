import type { ProviderDefinition } from './provider-definition.ts'

/**
 * User tokens of a Slack app. With token rotation off (the default of an app) they never expire and
 * there is no refresh token; with it on they live for twelve hours.
 *
 * https://docs.slack.dev/authentication/installing-with-oauth
 * https://docs.slack.dev/authentication/using-token-rotation
 */
export const slack = {
  id: 'slack',
  name: 'Slack',
  authorizationEndpoint: 'https://slack.com/oauth/v2/authorize',
  tokenEndpoint: 'https://slack.com/api/oauth.v2.access',
  revocation: {
    endpoint: 'https://slack.com/api/auth.revoke',
    style: 'post_with_bearer',
    scope: 'token',
  },
  clientAuthentication: 'client_secret_basic',
  tokenRequestBody: 'form',
  // Turning PKCE on makes a Slack app a public client, for good.
  // https://docs.slack.dev/authentication/using-pkce
  pkce: 'unsupported',
  scopeParameter: 'user_scope',
  scopeSeparator: ',',
  grantedScopeSeparator: 'comma_or_space',
  // https://docs.slack.dev/reference/scopes
  scopeTexts: {
    'users:read': 'See the people of the workspace',
    'users:read.email': 'See e-mail addresses of people of the workspace',
    'channels:read': 'See public channels',
    'channels:history': 'Read messages in public channels',
    'groups:read': 'See your private channels',
    'groups:history': 'Read messages in your private channels',
    'im:history': 'Read your direct messages',
    'chat:write': 'Send messages for you',
    'search:read': 'Search the workspace',
    'files:read': 'See files',
    'files:write': 'Upload, edit and delete files',
  },
  accessToken: { expiry: 'when_rotating', lifetimeSeconds: 43_200 },
  refreshToken: { issued: 'conditional', condition: 'client_setting', rotation: 'single_use' },
  tokenResponse: {
    shape: 'slack_authed_user',
    format: 'json',
    errors: 'slack_ok_false',
    scope: 'returned',
    refreshErrorCodes: ['invalid_refresh_token'],
    clientErrorCodes: ['bad_client_secret', 'invalid_client_id'],
    codeErrorCodes: ['invalid_code', 'code_already_used'],
  },
  identity: {
    source: 'token_response',
    idPaths: ['team.id', 'authed_user.id'],
    labelPaths: ['team.name', 'team.id'],
  },
  apiOrigins: ['https://slack.com/api/', 'https://files.slack.com'],
  apiUnauthorized: {
    signal: 'ok_false',
    errorCodes: [
      'invalid_auth',
      'not_authed',
      'token_expired',
      'token_revoked',
      'account_inactive',
    ],
  },
  // Consent goes on at the workspace's own host.
  consentOrigins: ['https://slack.com', 'https://*.slack.com'],
  unconfirmed: ['consentOrigins', 'grantedScopeSeparator', 'refreshToken.rotation'],
} as const satisfies ProviderDefinition
