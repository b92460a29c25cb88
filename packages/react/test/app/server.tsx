import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { ServerRendered } from './server-rendered.tsx'

/** The HTML that `hydrated.tsx` takes over. */
export const html = renderToString(
  <StrictMode>
    <ServerRendered />
  </StrictMode>,
)
