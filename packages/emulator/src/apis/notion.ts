import { jsonReply, type Reply } from '../reply.ts'
import { stableId } from '../users.ts'
import type { ApiRefusal, ProviderApis } from './api.ts'

/** https://developers.notion.com/reference/get-self */
export const notionApis: ProviderApis = {
  routes: [
    {
      method: 'GET',
      path: '/v1/users/me',
      handle: ({ incoming, user, account }) =>
        incoming.headers.has('notion-version')
          ? jsonReply({
              object: 'user',
              type: 'bot',
              id: stableId('B', 'notion', 'bot_id', user.id),
              bot: {
                owner: {
                  type: 'user',
                  user: {
                    object: 'user',
                    id: account.subject,
                    name: account.name,
                    person: { email: account.email },
                  },
                },
                workspace_name: 'Emulator Workspace',
              },
            })
          : notionError(400, 'missing_version', 'The header Notion-Version is missing.'),
    },
  ],
  refuse: refuseAsNotion,
}

function refuseAsNotion(refusal: ApiRefusal): Reply {
  switch (refusal.reason) {
    case 'missing':
    case 'unknown':
    case 'expired':
    case 'revoked':
      return notionError(401, 'unauthorized', 'API token is invalid.')
    case 'scope_missing':
      return notionError(403, 'restricted_resource', 'Insufficient permissions.')
    case 'malformed':
      return notionError(refusal.status, 'invalid_request', refusal.problem)
  }
}

function notionError(status: number, code: string, message: string): Reply {
  return jsonReply({ object: 'error', status, code, message }, status)
}
