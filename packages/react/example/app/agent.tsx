// #region agent
'use client'
import { useStream } from '@langchain/react' // or '@langchain/langgraph-sdk/react'
import { ConnectAccount, useInterrupts } from '@valetkey/react'
import type { ReactNode } from 'react'

export function Agent(): ReactNode {
  const stream = useStream({ assistantId: 'agent', apiUrl: 'https://agent.example.com' })
  const waiting = useInterrupts(stream)

  return waiting.map((pending) => <ConnectAccount key={pending.id} pending={pending} />)
}
// #endregion
