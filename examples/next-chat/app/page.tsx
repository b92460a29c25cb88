import type { ReactNode } from 'react'
import { Chat } from '../components/chat.tsx'
import { Welcome } from '../components/welcome.tsx'
import { loadChat } from '../lib/chat-store.ts'
import { chooseModel } from '../lib/choose-model.ts'
import { valetKeyNext } from '../lib/valet-key-next.ts'

interface ChatPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

/** The chat, as it is stored, for whoever is logged in. */
export default async function ChatPage({ searchParams }: ChatPageProps): Promise<ReactNode> {
  const session = await valetKeyNext.getSession()
  if (session === undefined) return <Welcome failure={(await searchParams)['valetkey_error']} />
  return <Chat savedMessages={await loadChat(session.user.id)} modelName={chooseModel().name} />
}
