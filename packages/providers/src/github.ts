import type { ProviderDefinition } from './provider-definition.ts'

/**
 * An OAuth App: by default its tokens neither expire nor are refreshed.
 *
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * https://docs.github.com/en/rest/apps/oauth-applications
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 */
export const github = {
  id: 'github',
  name: 'GitHub',
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
  // A token is saved without the scopes that another of its scopes includes.
  impliedScopes: {
    repo: ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
    'admin:repo_hook': ['write:repo_hook'],
    'write:repo_hook': ['read:repo_hook'],
    'admin:org': ['write:org'],
    'write:org': ['read:org'],
    'admin:public_key': ['write:public_key'],
    'write:public_key': ['read:public_key'],
    user: ['read:user', 'user:email', 'user:follow'],
    project: ['read:project'],
    'admin:gpg_key': ['write:gpg_key'],
    'write:gpg_key': ['read:gpg_key'],
    'admin:enterprise': [
      'manage_runners:enterprise',
      'manage_billing:enterprise',
      'read:enterprise',
    ],
  },
  // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
  scopeTexts: {
    repo: 'Read and change all your repositories, public and private',
    public_repo: 'Read and change your public repositories',
    'repo:status': 'Read and set commit statuses',
    workflow: 'Change GitHub Actions workflow files',
    gist: 'Create and change gists',
    notifications: 'Read your notifications and mark them as read',
    'read:user': 'Read your profile',
    'user:email': 'Read your e-mail addresses',
    user: 'Read and change your profile',
    'read:org': 'Read your organizations, teams and memberships',
    'read:project': 'Read your projects',
    project: 'Read and change your projects',
  },
  accessToken: { expiry: 'never' },
  refreshToken: { issued: 'never' },
  tokenResponse: {
    shape: 'standard',
    format: 'form_unless_accept_json',
    errors: 'ok_200_error_field',
    scope: 'returned',
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
} as const satisfies ProviderDefinition
