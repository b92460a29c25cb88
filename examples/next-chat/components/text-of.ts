import type { ChatMessage } from '../lib/tools.ts'

/** What a message says in words. */
export function textOf({ parts }: ChatMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
