/** A JSON object that we wrote ourselves and sealed: what does not fit is a bug, not bad input. */
export interface JsonRecord {
  readonly text: (name: string) => string
  readonly optionalText: (name: string) => string | undefined
  readonly number: (name: string) => number
  readonly optionalNumber: (name: string) => number | undefined
  readonly texts: (name: string) => readonly string[]
}

/** Reads {@link JsonRecord}. @throws {TypeError} without the content, which is secret. */
export function readJsonRecord(json: string): JsonRecord {
  const value: unknown = JSON.parse(json)
  const members = new Map(
    typeof value === 'object' && value !== null ? Object.entries(value) : undefined,
  )
  const member = <Value>(name: string, is: (found: unknown) => found is Value): Value => {
    const found: unknown = members.get(name)
    if (!is(found)) throw new TypeError(`A sealed record has no usable ${JSON.stringify(name)}`)
    return found
  }
  return {
    text: (name) => member(name, isText),
    optionalText: (name) => (members.has(name) ? member(name, isText) : undefined),
    number: (name) => member(name, isNumber),
    optionalNumber: (name) => (members.has(name) ? member(name, isNumber) : undefined),
    texts: (name) => member(name, isTexts),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}
