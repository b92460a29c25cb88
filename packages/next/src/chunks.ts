import type { Cookie } from '@valetkey/core/adapter'

/** Browsers keep 4,096 bytes of a name and a value (RFC 6265 section 6.1); the rest is for the name. */
const chunkLength = 3_800
/** Servers refuse headers of 16 KiB, and the app has cookies of its own. */
const mostChunks = 2

/** The text as the cookies that hold it: one, where it fits. `undefined` when it fits into none. */
export function toChunks(name: string, text: string): readonly Cookie[] | undefined {
  const count = Math.ceil(text.length / chunkLength)
  if (count > mostChunks) return undefined
  if (count === 1) return [{ name, value: text }]
  // The first one says how many belong to it, so that one left over from before is never taken in.
  return Array.from({ length: count }, (_, index) => {
    const part = text.slice(index * chunkLength, (index + 1) * chunkLength)
    return index === 0
      ? { name, value: `${count}~${part}` }
      : { name: chunkName(name, index), value: part }
  })
}

/** The text; `undefined` when there is none, or a part of it is missing. */
export function fromChunks(name: string, cookies: readonly Cookie[]): string | undefined {
  const find = (wanted: string): string | undefined =>
    cookies.find((cookie) => cookie.name === wanted)?.value
  const first = find(name)
  const match = /^(\d)~(.*)$/.exec(first ?? '')
  if (first === undefined || match === null) return first === '' ? undefined : first
  const count = Math.min(Number(match[1]), mostChunks)
  const rest = Array.from({ length: count - 1 }, (_, index) => find(chunkName(name, index + 1)))
  return rest.includes(undefined) ? undefined : [match[2], ...rest].join('')
}

/** Names of all that a request has of it, whole or left over. */
export function chunkNames(name: string, cookies: readonly Cookie[]): readonly string[] {
  return cookies
    .map((cookie) => cookie.name)
    .filter(
      (sent) =>
        sent === name || (sent.startsWith(`${name}.`) && /^\d+$/.test(sent.slice(name.length + 1))),
    )
}

function chunkName(name: string, index: number): string {
  return `${name}.${index}`
}
