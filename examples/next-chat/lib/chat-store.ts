import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { safeValidateUIMessages } from 'ai'
import { type ChatMessage, tools } from './tools.ts'

/**
 * The chat of a user, one file each: enough for one machine and one person at a time. An app that
 * runs twice, or lets people share chats, keeps them in a database.
 */
export async function loadChat(user: string): Promise<ChatMessage[]> {
  const text = await readFile(fileOf(user), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return []
  const messages: unknown = JSON.parse(text)
  if (Array.isArray(messages) && messages.length === 0) return []
  const checked = await safeValidateUIMessages<ChatMessage>({ messages, tools })
  if (!checked.success) throw new Error('The stored chat cannot be read', { cause: checked.error })
  return checked.data
}

/** Replaces what is stored: all of it, or nothing. */
export async function saveChat(user: string, messages: readonly ChatMessage[]): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  const file = fileOf(user)
  const fresh = `${file}.${crypto.randomUUID()}`
  await writeFile(fresh, JSON.stringify(messages), { mode: 0o600 })
  await rename(fresh, file)
}

/**
 * Changes what is stored, one change after the other: two windows may answer at once. Resolves to what
 * `change` gave, which is stored unless it is `undefined`.
 */
export async function changeChat(
  user: string,
  change: (messages: ChatMessage[]) => ChatMessage[] | undefined,
): Promise<ChatMessage[] | undefined> {
  const before = changes.get(user)
  const current = (async () => {
    await before?.catch(() => undefined)
    const changed = change(await loadChat(user))
    if (changed !== undefined) await saveChat(user, changed)
    return changed
  })()
  changes.set(user, current)
  try {
    return await current
  } finally {
    if (changes.get(user) === current) changes.delete(user)
  }
}

/** The latest change of each user that is under way. */
const changes = new Map<string, Promise<unknown>>()

/** Forgets the chat. */
export async function deleteChat(user: string): Promise<void> {
  await rm(fileOf(user), { force: true })
}

function folder(): string {
  return process.env['CHAT_FOLDER'] ?? join(process.cwd(), '.chats')
}

/** An id may hold any character, and a file's name may not. */
function fileOf(user: string): string {
  return join(folder(), `${createHash('sha256').update(user).digest('hex')}.json`)
}
