/** A JSON object of someone else: nothing is known about its members. */
export type JsonObject = { readonly [name: string]: unknown }

const MAX_DEPTH = 32

/** The JSON object that a text is, nested at most 32 deep; `undefined` for everything else (RV-93). */
export function parseJsonObject(text: string): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isJsonObject(value) && !isDeeperThan(value, MAX_DEPTH) ? value : undefined
}

/** The member at a dotted path, own properties only. */
export function memberAt(object: JsonObject, path: string): unknown {
  let at: unknown = object
  for (const name of path.split('.')) {
    if (!isJsonObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at
}

/** True for an object that is no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  return Object.values(value).some((member) => isDeeperThan(member, depth - 1))
}
