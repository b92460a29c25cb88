import type { ReactNode } from 'react'
import { Chat } from '../components/chat.tsx'
import { Welcome } from '../components/welcome.tsx'
import { loadChat } from '../lib/chat-store.ts'
import { chooseModel } from '../lib/choose-model.ts'
import { valetKeyNext } from '../lib/valet-key-next.ts'

/** The chat, as it is stored, for whoever is logged in. */
export default async function ChatPage(): Promise<ReactNode> {
  const session = await valetKeyNext.getSession()
  if (session === undefined) return <Welcome />
  return <Chat savedMessages={await loadChat(session.user.id)} modelName={chooseModel().name} />
}
