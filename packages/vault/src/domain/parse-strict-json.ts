const MAX_DEPTH = 32

/**
 * The value of a JSON text, or `undefined` when it is none, is nested deeper than 32, or has an object with two members
 * of one name: parsers differ on which of the two counts, and a token must not mean two things (RFC 8725 section 2.4).
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isUnambiguous(text) ? value : undefined
}

/** Walks a text that is known to be valid JSON, and keeps the names seen in each open object. */
function isUnambiguous(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let names: Set<string> | undefined
  let nameComes = false
  for (let i = 0; i < text.length; i++) {
    switch (text.charAt(i)) {
      case '{':
      case '[':
        nameComes = text[i] === '{'
        names = nameComes ? new Set() : undefined
        if (open.push(names) > MAX_DEPTH) return false
        break
      case '}':
      case ']':
        open.pop()
        names = open.at(-1)
        break
      case ',':
        nameComes = names !== undefined
        break
      case '"': {
        const end = endOfString(text, i)
        if (nameComes && names !== undefined) {
          const name: unknown = JSON.parse(text.slice(i, end + 1))
          if (typeof name !== 'string' || names.has(name)) return false
          names.add(name)
          nameComes = false
        }
        i = end
        break
      }
    }
  }
  return true
}

/** Index of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text[index - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
