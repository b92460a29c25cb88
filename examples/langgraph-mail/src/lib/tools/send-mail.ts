// #region send-mail
import { interrupt } from '@langchain/langgraph'
import { FederatedConnectionError, getAccessTokenForConnection } from '@valetkey/langchain'
import { tool } from 'langchain'
import * as z from 'zod'
import { withGmail } from '../valet-key.ts'

export const sendMail = withGmail(
  tool(
    async ({ to, subject, text }) => {
      // The tool's own question: only "send" answers it, whatever happened before.
      const answer: unknown = interrupt({ question: `Send "${subject}" to ${to}?` })
      if (answer !== 'send') return 'The user does not want this mail to be sent.'

      const mail = `To: ${to}\r\nSubject: ${subject}\r\n\r\n${text}`
      const response = await fetch(sendUrl(), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${getAccessTokenForConnection()}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ raw: Buffer.from(mail).toString('base64url') }),
      })
      if (response.status === 401) throw new FederatedConnectionError('Google refused the token')
      if (!response.ok) throw new Error(`Gmail answered ${response.status}`)
      return 'The mail has been sent.'
    },
    {
      name: 'sendMail',
      description: "Sends a mail from the user's Gmail account",
      schema: z.object({ to: z.email(), subject: z.string(), text: z.string() }),
    },
  ),
)
// #endregion

/** Gmail, or what stands for it: the demo puts the emulator here. */
function sendUrl(): string {
  const google = process.env['GOOGLE_API_URL'] ?? 'https://gmail.googleapis.com'
  return `${google}/gmail/v1/users/me/messages/send`
}
