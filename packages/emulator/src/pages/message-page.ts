import type { Reply } from '../reply.ts'
import { escapeHtml } from './html.ts'
import { page } from './page.ts'

/** A page that says one thing. */
export function messagePage(title: string, message: string, status: number): Reply {
  return page({
    title,
    status,
    main: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(message)}</p>`,
  })
}
