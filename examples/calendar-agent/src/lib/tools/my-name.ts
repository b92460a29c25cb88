import { FederatedConnectionError, getAccessTokenForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { userInfoUrl } from '../provider-urls.ts'
import { withGoogleProfile } from '../valet-key.ts'

export const myName = withGoogleProfile(
  tool({
    description: "Get the user's full name from Google",
    inputSchema: z.object({}),
    execute: async () => {
      const response = await fetch(userInfoUrl(), {
        headers: { authorization: `Bearer ${getAccessTokenForConnection()}` },
      })
      if (response.status === 401) throw new FederatedConnectionError('Google refused the token')
      const { name } = (await response.json()) as { name?: string }
      return { name }
    },
  }),
)
