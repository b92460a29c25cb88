/** A lone half of a surrogate pair: UTF-8 would turn every one of them into the same three bytes. */
const ILL_FORMED = /\p{Surrogate}/u

const encoder = new TextEncoder()

const LENGTH_BYTES = 4

/** Whether the text survives UTF-8 unchanged: two texts that do never share an encoding. */
export function isWellFormedText(text: string): boolean {
  return !ILL_FORMED.test(text)
}

/**
 * Encodes a list of fields so that no two different lists share an encoding: the number of fields, then each field's
 * length in bytes and its UTF-8. Numbers are written in decimal. What goes into a MAC or hash goes through here, so
 * that `a|bc` is never `ab|c`.
 * @throws {TypeError} for text that is not well-formed Unicode, and for numbers that are not safe integers.
 */
export function lengthPrefixed(fields: readonly (string | number)[]): Uint8Array<ArrayBuffer> {
  const texts = fields.map(toText)
  return encodeAscii(texts) ?? encodeUtf8(texts)
}

/** Nearly every list is ASCII and short: each exchange needs two or more, and this takes a fraction of the time. */
function encodeAscii(texts: readonly string[]): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(
    texts.reduce((size, text) => size + LENGTH_BYTES + text.length, LENGTH_BYTES),
  )
  let offset = writeLength(bytes, 0, texts.length)
  for (const text of texts) {
    offset = writeLength(bytes, offset, text.length)
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return undefined
      bytes[offset + i] = code
    }
    offset += text.length
  }
  return bytes
}

function encodeUtf8(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const parts = texts.map((text) => {
    if (!isWellFormedText(text)) throw new TypeError('A text to encode is not well-formed Unicode')
    return encoder.encode(text)
  })
  const bytes = new Uint8Array(
    parts.reduce((size, part) => size + LENGTH_BYTES + part.length, LENGTH_BYTES),
  )
  let offset = writeLength(bytes, 0, parts.length)
  for (const part of parts) {
    offset = writeLength(bytes, offset, part.length)
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Big-endian; gives the offset behind it. */
function writeLength(bytes: Uint8Array, offset: number, length: number): number {
  bytes[offset] = length >>> 24
  bytes[offset + 1] = length >>> 16
  bytes[offset + 2] = length >>> 8
  bytes[offset + 3] = length
  return offset + LENGTH_BYTES
}

function toText(field: string | number): string {
  if (typeof field === 'string') return field
  if (!Number.isSafeInteger(field)) throw new TypeError('A number to encode is no safe integer')
  return String(field)
}
