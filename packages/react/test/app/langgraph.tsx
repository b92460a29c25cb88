import { FetchStreamTransport, useStream } from '@langchain/langgraph-sdk/react'
import type { ReactNode } from 'react'
import { type GraphState, GraphView } from './graph-view.tsx'
import { renderPage } from './render-page.tsx'

const transport = new FetchStreamTransport<GraphState>({ apiUrl: '/api/graph' })

function Graph(): ReactNode {
  return <GraphView stream={useStream<GraphState>({ transport })} />
}

renderPage(<Graph />)
