import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The app's own folder: its sessions, and LangGraph's checkpoints. */
export const dataFolder = process.env['MAIL_DATA'] ?? '.'

const file = join(dataFolder, 'sessions.json')

/** Login tokens by user; a stub: the sessions of your login system go here. */
export const sessions = {
  accessTokenOf: async (user: string | undefined): Promise<string | undefined> => {
    const tokens = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
    return user !== undefined && Object.hasOwn(tokens, user) ? tokens[user] : undefined
  },
  logIn: async (user: string, accessToken: string): Promise<void> =>
    await writeFile(file, JSON.stringify({ [user]: accessToken }), { mode: 0o600 }),
}
