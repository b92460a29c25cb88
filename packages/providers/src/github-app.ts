import type { ProviderDefinition } from './provider-definition.ts'

/**
 * User tokens of a GitHub App, with their expiry on. No scopes: permissions belong to the app and
 * its installation.
 *
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
 */
export const githubApp = {
  id: 'github-app',
  name: 'GitHub App',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  revocation: {
    endpoint: 'https://api.github.com/applications/{client_id}/token',
    style: 'delete_json_with_basic',
    scope: 'token',
  },
  clientAuthentication: 'client_secret_post',
  tokenRequestBody: 'form',
  pkce: 'S256',
  scopeParameter: 'scope',
  scopeSeparator: ' ',
  grantedScopeSeparator: 'comma_or_space',
  accessToken: { expiry: 'always', lifetimeSeconds: 28_800 },
  refreshToken: {
    issued: 'default',
    rotation: 'single_use',
    absoluteLifetimeSeconds: 15_897_600,
    refreshKillsAccessToken: true,
  },
  tokenResponse: {
    shape: 'standard',
    format: 'form_unless_accept_json',
    errors: 'ok_200_error_field',
    scope: 'empty',
    numbersAsStrings: true,
    refreshErrorCodes: ['bad_refresh_token'],
    clientErrorCodes: ['incorrect_client_credentials'],
    codeErrorCodes: ['bad_verification_code'],
  },
  identity: {
    source: 'userinfo',
    endpoint: 'https://api.github.com/user',
    idField: 'id',
    labelFields: ['login', 'email'],
  },
  apiOrigins: ['https://api.github.com', 'https://uploads.github.com'],
  unconfirmed: ['clientAuthentication', 'revocation', 'refreshToken.rotation'],
} as const satisfies ProviderDefinition
