import { jsonReply, type Reply } from '../reply.ts'
import type { ChannelMessage } from '../state.ts'
import { stableId } from '../users.ts'
import type { ApiCall, ApiRefusal, ProviderApis } from './api.ts'

/** The one channel of the emulator's workspace. */
const CHANNEL = { id: 'C0EMULATOR', name: 'general' }

/** https://docs.slack.dev/reference/methods: one channel, and who the token is for. */
export const slackApis: ProviderApis = {
  routes: [
    { method: 'POST', path: '/api/auth.test', handle: authTest },
    { method: 'GET', path: '/api/auth.test', handle: authTest },
    {
      method: 'GET',
      path: '/api/conversations.list',
      anyScope: ['channels:read'],
      handle: () => jsonReply({ ok: true, channels: [{ ...CHANNEL, is_channel: true }] }),
    },
    {
      method: 'GET',
      path: '/api/conversations.history',
      anyScope: ['channels:history'],
      handle: history,
    },
    {
      method: 'POST',
      path: '/api/conversations.history',
      anyScope: ['channels:history'],
      handle: history,
    },
    { method: 'POST', path: '/api/chat.postMessage', anyScope: ['chat:write'], handle: post },
  ],
  refuse: refuseAsSlack,
}

function authTest(call: ApiCall): Reply {
  return jsonReply({
    ok: true,
    team: 'Emulator Workspace',
    team_id: stableId('T', 'slack', 'team.id'),
    user: call.account.login,
    user_id: slackUserId(call),
  })
}

function history(call: ApiCall): Reply {
  const messages = messagesOf(call, call.incoming.parameters['channel'])
  return messages === undefined
    ? jsonReply({ ok: false, error: 'channel_not_found' })
    : jsonReply({ ok: true, messages: messages.toReversed(), has_more: false })
}

function post(call: ApiCall): Reply {
  const { channel, text = '' } = call.incoming.parameters
  const messages = messagesOf(call, channel)
  if (messages === undefined) return jsonReply({ ok: false, error: 'channel_not_found' })
  if (text === '') return jsonReply({ ok: false, error: 'no_text' })
  const message: ChannelMessage = {
    user: slackUserId(call),
    text,
    ts: `${call.now}.${String(messages.length).padStart(6, '0')}`,
  }
  messages.push(message)
  return jsonReply({ ok: true, channel: CHANNEL.id, ts: message.ts, message })
}

function messagesOf(
  { emulation, now }: ApiCall,
  channel: string | undefined,
): ChannelMessage[] | undefined {
  if (channel !== CHANNEL.id && channel !== CHANNEL.name && channel !== `#${CHANNEL.name}`) {
    return undefined
  }
  const known = emulation.state.messages.get(CHANNEL.id)
  if (known !== undefined) return known
  const first = [{ user: 'U0EMULATOR', text: 'Welcome to #general.', ts: `${now}.000000` }]
  emulation.state.messages.set(CHANNEL.id, first)
  return first
}

function slackUserId({ user }: ApiCall): string {
  return stableId('U', 'slack', 'authed_user.id', user.id)
}

/** Slack says everything with status 200. */
function refuseAsSlack(refusal: ApiRefusal): Reply {
  switch (refusal.reason) {
    case 'missing':
      return jsonReply({ ok: false, error: 'not_authed' })
    case 'unknown':
      return jsonReply({ ok: false, error: 'invalid_auth' })
    case 'expired':
      return jsonReply({ ok: false, error: 'token_expired' })
    case 'revoked':
      return jsonReply({ ok: false, error: 'token_revoked' })
    case 'scope_missing':
      return jsonReply({
        ok: false,
        error: 'missing_scope',
        needed: refusal.needed.join(','),
        provided: refusal.provided.join(','),
      })
    case 'malformed':
      return jsonReply({ ok: false, error: 'invalid_arguments' })
  }
}
