import type { ProviderIdentity } from '@valetkey/providers'
import { jsonReply, type Reply } from '../reply.ts'
import { coveredScopes } from '../scope-coverage.ts'
import type { ApiCall, ApiRoute } from './api.ts'

/** `GET` UserInfo endpoint, OpenID Connect Core section 5.3. */
export function openIdUserinfo(path: string): ApiRoute {
  return {
    method: 'GET',
    path,
    anyScope: ['openid', 'email', 'profile'],
    handle: ({ account, definition, token }) => {
      const covered = coveredScopes(definition, token.scopes)
      return jsonReply({
        sub: account.subject,
        ...(covered.has('email') && { email: account.email, email_verified: true }),
        ...(covered.has('profile') && { name: account.name }),
      })
    },
  }
}

/** The account as a definition's `identity` expects it: a number under `id`, text under any other name. */
export function accountReply(
  { account }: ApiCall,
  { idField, labelFields }: Extract<ProviderIdentity, { source: 'userinfo' }>,
): Reply {
  const labels = labelFields.map((name) => [
    name,
    name === 'login' ? account.login : name === 'name' ? account.name : account.email,
  ])
  return jsonReply({
    ...Object.fromEntries(labels),
    [idField]: idField === 'id' ? Number(account.subject) : account.subject,
  })
}
