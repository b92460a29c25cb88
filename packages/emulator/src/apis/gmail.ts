import { randomId } from '../random-id.ts'
import { jsonReply } from '../reply.ts'
import type { SentMail } from '../state.ts'
import type { ApiCall, ApiRoute } from './api.ts'
import { googleError } from './google-error.ts'

const SCOPE = 'https://www.googleapis.com/auth/gmail'
const FULL = 'https://mail.google.com/'
const MESSAGES_PATH = '/gmail/v1/users/me/messages'

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send */
const sendMessage: ApiRoute = {
  method: 'POST',
  path: `${MESSAGES_PATH}/send`,
  anyScope: [`${SCOPE}.send`, `${SCOPE}.compose`, `${SCOPE}.modify`, FULL],
  handle: (call) => {
    const { raw } = call.incoming.body
    const text = typeof raw === 'string' ? Buffer.from(raw, 'base64url').toString() : ''
    const [, to] = /^To: *(\S.*?)\r?$/im.exec(text) ?? []
    if (to === undefined) return googleError(400, 'INVALID_ARGUMENT', 'Recipient address required')
    const mail = { id: randomId(call.emulation.runtime, 'msg'), to, text }
    sentBy(call).push(mail)
    return jsonReply({ id: mail.id, threadId: mail.id, labelIds: ['SENT'] })
  },
}

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list, of what was sent. */
const listMessages: ApiRoute = {
  method: 'GET',
  path: MESSAGES_PATH,
  anyScope: [`${SCOPE}.readonly`, `${SCOPE}.modify`, FULL],
  handle: (call) => {
    const messages = sentBy(call).map(({ id }) => ({ id, threadId: id }))
    return jsonReply({ messages, resultSizeEstimate: messages.length })
  },
}

/** Gmail, as far as an agent's first steps need it. */
export const gmailRoutes: readonly ApiRoute[] = [sendMessage, listMessages]

function sentBy({ emulation, user }: ApiCall): SentMail[] {
  const known = emulation.state.mails.get(user.id) ?? []
  emulation.state.mails.set(user.id, known)
  return known
}
