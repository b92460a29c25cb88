import { fetchForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { repositoriesUrl } from '../provider-urls.ts'
import { readAnswer } from '../read-answer.ts'
import { withGithub } from '../valet-key.ts'

/** https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user */
const Answer = z.array(z.object({ id: z.number(), full_name: z.string(), private: z.boolean() }))

export const myRepositories = withGithub(
  tool({
    description: "Lists the user's repositories on GitHub",
    inputSchema: z.object({}),
    execute: async () => {
      const repositories = await readAnswer(await fetchForConnection()(repositoriesUrl), Answer)
      return {
        repositories: repositories.map(({ id, full_name: name, private: isPrivate }) => ({
          id,
          name,
          isPrivate,
        })),
      }
    },
  }),
)
