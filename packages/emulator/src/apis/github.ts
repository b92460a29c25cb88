import { findProvider } from '@valetkey/providers'
import { jsonReply, type Reply } from '../reply.ts'
import { stableId } from '../users.ts'
import type { ApiCall, ApiRefusal, ProviderApis } from './api.ts'
import { accountReply } from './userinfo.ts'

/** https://docs.github.com/en/rest: the user, and the user's repositories. */
export const githubApis: ProviderApis = {
  routes: [
    { method: 'GET', path: '/user', handle: user },
    { method: 'GET', path: '/user/repos', handle: repositories },
  ],
  refuse: refuseAsGithub,
}

function user(call: ApiCall): Reply {
  const identity = findProvider(call.provider.id)?.identity
  if (identity?.source !== 'userinfo') throw new Error('GitHub tells the account by /user')
  return withScopes(call, accountReply(call, identity))
}

/** Private repositories need the scope `repo`, unless permissions belong to the app (a GitHub App has no scopes). */
function repositories(call: ApiCall): Reply {
  const seesPrivate =
    call.definition.tokenResponse.scope === 'empty' || call.token.scopes.includes('repo')
  const { login } = call.account
  const items = [
    { name: 'hello-world', private: false },
    { name: 'dotfiles', private: false },
    { name: 'secret-plans', private: true },
  ]
    .filter((repository) => seesPrivate || !repository.private)
    .map((repository) => ({
      id: Number.parseInt(stableId('', login, repository.name), 16),
      ...repository,
      full_name: `${login}/${repository.name}`,
      owner: { login },
    }))
  return withScopes(call, {
    status: 200,
    body: { kind: 'text', text: JSON.stringify(items), contentType: 'application/json' },
  })
}

function withScopes({ token }: ApiCall, reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-oauth-scopes': token.scopes.join(', ') } }
}

function refuseAsGithub(refusal: ApiRefusal): Reply {
  switch (refusal.reason) {
    case 'missing':
      return jsonReply({ message: 'Requires authentication' }, 401)
    case 'unknown':
    case 'expired':
    case 'revoked':
      return jsonReply({ message: 'Bad credentials' }, 401)
    case 'scope_missing':
      return jsonReply({ message: 'Resource not accessible by this token' }, 403, {
        'x-accepted-oauth-scopes': refusal.needed.join(', '),
        'x-oauth-scopes': refusal.provided.join(', '),
      })
    case 'malformed':
      return jsonReply({ message: refusal.problem }, refusal.status)
  }
}
