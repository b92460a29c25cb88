import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { ServerRendered } from './server-rendered.tsx'

hydrateRoot(
  document.querySelector('#root') ?? document.body,
  <StrictMode>
    <ServerRendered />
  </StrictMode>,
)
