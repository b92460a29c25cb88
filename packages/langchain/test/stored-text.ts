import { inspect } from 'node:util'

/** All that a value holds, as text to search: bytes are read as UTF-8. */
export function textOf(value: unknown): string {
  const texts: string[] = []
  const visited = new Set<unknown>()
  const visit = (part: unknown): void => {
    if (part instanceof Uint8Array) texts.push(new TextDecoder().decode(part))
    if (typeof part !== 'object' || part === null || visited.has(part)) return
    visited.add(part)
    for (const inner of part instanceof Map ? part.values() : Object.values(part)) visit(inner)
  }
  visit(value)
  const all = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity }
  return [inspect(value, all), ...texts].join('\n')
}
