import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

/** Puts a page together. */
export function renderPage(page: ReactNode): void {
  const root = document.querySelector('#root') ?? document.body
  createRoot(root).render(<StrictMode>{page}</StrictMode>)
}
