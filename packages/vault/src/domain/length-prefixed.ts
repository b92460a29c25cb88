/** A lone half of a surrogate pair: UTF-8 would turn every one of them into the same three bytes. */
const ILL_FORMED = /\p{Surrogate}/u

const encoder = new TextEncoder()

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
  const capacity = texts.reduce((size, text) => size + 4 + text.length * 3, 4)
  const bytes = new Uint8Array(capacity)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, texts.length)
  let offset = 4
  for (const text of texts) {
    const { written } = encoder.encodeInto(text, bytes.subarray(offset + 4))
    // As many bytes as characters: ASCII, which needs no closer look.
    if (written !== text.length && !isWellFormedText(text)) {
      throw new TypeError('A text to encode is not well-formed Unicode')
    }
    view.setUint32(offset, written)
    offset += 4 + written
  }
  return bytes.subarray(0, offset)
}

function toText(field: string | number): string {
  if (typeof field === 'string') return field
  if (!Number.isSafeInteger(field)) throw new TypeError('A number to encode is no safe integer')
  return String(field)
}
