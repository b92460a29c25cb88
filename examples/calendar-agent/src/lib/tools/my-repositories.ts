import { FederatedConnectionError, getAccessTokenForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { repositoriesUrl } from '../provider-urls.ts'
import { withGithub } from '../valet-key.ts'

export const myRepositories = withGithub(
  tool({
    description: "List the names of the user's repositories on GitHub",
    inputSchema: z.object({}),
    execute: async () => {
      const response = await fetch(repositoriesUrl(), {
        headers: { authorization: `Bearer ${getAccessTokenForConnection()}` },
      })
      if (response.status === 401) throw new FederatedConnectionError('GitHub refused the token')
      const repositories = (await response.json()) as readonly { full_name: string }[]
      return { repositories: repositories.map(({ full_name: name }) => name) }
    },
  }),
)
