import { jsonReply, type Reply } from '../reply.ts'
import type { ApiRefusal, ApiRoute, ProviderApis } from './api.ts'

/** `GET /emulator/me`: whose token it is, and what for. Every provider of the emulator has it. */
const me: ApiRoute = {
  method: 'GET',
  path: '/emulator/me',
  handle: ({ user, account, token }) =>
    jsonReply({ user: user.id, ...account, scopes: token.scopes, expires_at: token.expiresAt }),
}

/** RFC 6750 section 3.1. */
export function refusePlainly(refusal: ApiRefusal): Reply {
  switch (refusal.reason) {
    case 'missing':
      return jsonReply({ error: 'unauthorized' }, 401, { 'www-authenticate': 'Bearer' })
    case 'unknown':
    case 'expired':
    case 'revoked':
      return jsonReply(
        { error: 'invalid_token', error_description: `The access token is ${refusal.reason}.` },
        401,
        { 'www-authenticate': 'Bearer error="invalid_token"' },
      )
    case 'scope_missing': {
      const scope = refusal.needed.join(' ')
      return jsonReply({ error: 'insufficient_scope', scope }, 403, {
        'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
      })
    }
    case 'malformed':
      return jsonReply(
        { error: 'invalid_request', error_description: refusal.problem },
        refusal.status,
      )
  }
}

/** What a provider has besides APIs of its own. */
export const plainApis: ProviderApis = { routes: [me], refuse: refusePlainly }
