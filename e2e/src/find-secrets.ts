/** Secrets by what they are called in a report: the report must not hold them either. */
export type Secrets = ReadonlyMap<string, string | Uint8Array>

/** Searches whole files and long texts for many secrets at once. */
export interface SecretSearch {
  /** Which secrets a text or a file holds, in any spelling: `name (spelling)`. */
  readonly findIn: (haystack: string | Uint8Array) => readonly string[]
}

/** Every pattern is at least so long; shorter ones would be found by chance. */
const KEY_LENGTH = 8

/** @throws when a secret is too short to be searched for */
export function createSecretSearch(secrets: Secrets): SecretSearch {
  const patternsByStart = new Map<string, { readonly pattern: string; readonly label: string }[]>()
  for (const [name, secret] of secrets) {
    for (const [spelling, pattern] of Object.entries(spellingsOf(secret))) {
      if (pattern.length < KEY_LENGTH) throw new Error(`${name} is too short to be searched for`)
      const start = pattern.slice(0, KEY_LENGTH)
      const known = patternsByStart.get(start) ?? []
      patternsByStart.set(start, [...known, { pattern, label: `${name} (${spelling})` }])
    }
  }
  return {
    findIn: (haystack) => {
      const text = latin1(haystack)
      const found = new Set<string>()
      for (let at = 0; at + KEY_LENGTH <= text.length; at += 1) {
        const candidates = patternsByStart.get(text.slice(at, at + KEY_LENGTH))
        for (const { pattern, label } of candidates ?? []) {
          if (text.startsWith(pattern, at)) found.add(label)
        }
      }
      return [...found].toSorted()
    },
  }
}

/** Every way in which a secret could lie in a file or a text, byte by byte. */
export function spellingsOf(secret: string | Uint8Array): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const text = typeof secret === 'string' ? secret : undefined
  return {
    plain: bytes.toString('latin1'),
    hex,
    HEX: hex.toUpperCase(),
    'utf-16': Buffer.from(bytes.toString('latin1'), 'utf16le').toString('latin1'),
    ...(text !== undefined &&
      encodeURIComponent(text) !== text && { 'percent-encoded': encodeURIComponent(text) }),
    ...Object.fromEntries(
      [0, 1, 2].flatMap((shift) => {
        const core = base64Core(bytes, shift)
        return [
          [`base64, shifted by ${shift}`, core],
          [`base64url, shifted by ${shift}`, core.replaceAll('+', '-').replaceAll('/', '_')],
        ]
      }),
    ),
  }
}

/** What base64 makes of the bytes `shift` bytes into a longer text: all characters that the neighbours do not change. */
function base64Core(bytes: Uint8Array, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const isLastShared = (shift + bytes.length) % 3 !== 0
  return encoded.slice(shift === 0 ? 0 : shift + 1, isLastShared ? -1 : undefined)
}

function latin1(haystack: string | Uint8Array): string {
  return Buffer.from(haystack).toString('latin1')
}
