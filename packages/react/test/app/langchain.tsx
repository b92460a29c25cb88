import { useStream } from '@langchain/react'
import type { ReactNode } from 'react'
import { type GraphState, GraphView } from './graph-view.tsx'
import { renderPage } from './render-page.tsx'

function Graph(): ReactNode {
  const apiUrl = `${location.origin}/api`
  return <GraphView stream={useStream<GraphState>({ apiUrl, assistantId: 'agent' })} />
}

renderPage(<Graph />)
