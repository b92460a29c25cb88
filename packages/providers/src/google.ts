import type { ProviderDefinition } from './provider-definition.ts'

/**
 * https://developers.google.com/identity/protocols/oauth2/web-server
 * https://developers.google.com/identity/protocols/oauth2/scopes
 */
export const google = {
  id: 'google',
  name: 'Google',
  issuer: 'https://accounts.google.com',
  jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
  authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://oauth2.googleapis.com/token',
  // One revoked token takes every other of the same client and user with it.
  revocation: {
    endpoint: 'https://oauth2.googleapis.com/revoke',
    style: 'rfc7009',
    scope: 'grant',
  },
  clientAuthentication: 'client_secret_post',
  tokenRequestBody: 'form',
  pkce: 'S256',
  scopeParameter: 'scope',
  scopeSeparator: ' ',
  grantedScopeSeparator: ' ',
  // Asked for by either name, answered by the long one.
  impliedScopes: {
    'https://www.googleapis.com/auth/userinfo.email': ['email'],
    'https://www.googleapis.com/auth/userinfo.profile': ['profile'],
    email: ['https://www.googleapis.com/auth/userinfo.email'],
    profile: ['https://www.googleapis.com/auth/userinfo.profile'],
  },
  scopeTexts: {
    'https://www.googleapis.com/auth/userinfo.email': 'See your e-mail address',
    'https://www.googleapis.com/auth/userinfo.profile': 'See your name and picture',
    'https://www.googleapis.com/auth/calendar':
      'See, edit, share and permanently delete all your calendars',
    'https://www.googleapis.com/auth/calendar.readonly': 'See and download all your calendars',
    'https://www.googleapis.com/auth/calendar.events': 'See and edit events on all your calendars',
    'https://www.googleapis.com/auth/calendar.events.readonly': 'See events on all your calendars',
    'https://www.googleapis.com/auth/gmail.readonly': 'See your e-mail messages and settings',
    'https://www.googleapis.com/auth/gmail.send': 'Send e-mail for you',
    'https://www.googleapis.com/auth/gmail.compose': 'Manage drafts and send e-mail',
    'https://www.googleapis.com/auth/gmail.modify': 'Read, write and send e-mail',
    'https://mail.google.com/': 'Read, write, send and permanently delete all your e-mail',
    'https://www.googleapis.com/auth/drive':
      'See, edit, create and delete all your Google Drive files',
    'https://www.googleapis.com/auth/drive.readonly':
      'See and download all your Google Drive files',
    'https://www.googleapis.com/auth/drive.file':
      'See, edit, create and delete only those Google Drive files that you use with this app',
    'https://www.googleapis.com/auth/documents':
      'See, edit, create and delete all your Google Docs documents',
    'https://www.googleapis.com/auth/spreadsheets':
      'See, edit, create and delete all your Google Sheets spreadsheets',
    'https://www.googleapis.com/auth/contacts.readonly': 'See and download your contacts',
    'https://www.googleapis.com/auth/tasks': 'See, edit, create and delete all your tasks',
  },
  // A refresh token comes only with access_type=offline and a fresh consent, hence prompt=consent.
  authorizationParameters: {
    access_type: 'offline',
    prompt: 'consent',
    include_granted_scopes: 'true',
  },
  accessToken: { expiry: 'always', lifetimeSeconds: 3_599 },
  refreshToken: {
    issued: 'conditional',
    condition: 'offline_consent',
    rotation: 'stable',
    idleLifetimeSeconds: 15_552_000,
  },
  tokenResponse: {
    shape: 'standard',
    format: 'json',
    errors: 'status',
    scope: 'returned',
    refreshErrorCodes: [],
    clientErrorCodes: [],
    codeErrorCodes: [],
  },
  identity: { source: 'id_token', labelClaims: ['email', 'name'] },
  apiOrigins: [
    'https://www.googleapis.com',
    'https://openidconnect.googleapis.com',
    'https://gmail.googleapis.com',
    'https://docs.googleapis.com',
    'https://sheets.googleapis.com',
    'https://slides.googleapis.com',
    'https://people.googleapis.com',
    'https://tasks.googleapis.com',
  ],
  unconfirmed: ['tokenResponse.refreshErrorCodes', 'tokenResponse.clientErrorCodes'],
} as const satisfies ProviderDefinition
