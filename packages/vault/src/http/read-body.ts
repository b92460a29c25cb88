import { parseStrictJson } from '../domain/parse-strict-json.ts'
import { accept, refuse, type Result } from '../domain/result.ts'

/** RV-02 */
const MAX_BODY_BYTES = 56 * 1024

export type BodyRefusal = 'media_type' | 'too_large' | 'not_json'

/** A JSON value; an object or not is the schema's business. Refuses what parsers read differently. */
export async function readJsonBody(request: Request): Promise<Result<unknown, BodyRefusal>> {
  if (mediaType(request) !== 'application/json') return refuse('media_type')
  const text = await readText(request)
  if (!text.ok) return refuse(text.refusal === 'not_text' ? 'not_json' : text.refusal)
  const value = parseStrictJson(text.value)
  return value === undefined ? refuse('not_json') : accept(value)
}

/** A submitted form's names and values as they came. `undefined` when it is none, or is too large. */
export async function readForm(
  request: Request,
): Promise<readonly (readonly [string, string])[] | undefined> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') return undefined
  const text = await readText(request)
  return text.ok ? [...new URLSearchParams(text.value)] : undefined
}

/** A submitted form. `undefined` when it is none, is too large, or repeats a name. */
export async function readFormBody(
  request: Request,
): Promise<Readonly<Record<string, string>> | undefined> {
  const parameters = await readForm(request)
  if (parameters === undefined) return undefined
  const form = new Map(parameters)
  return form.size === parameters.length ? Object.fromEntries(form) : undefined
}

function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
}

async function readText(request: Request): Promise<Result<string, 'too_large' | 'not_text'>> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength
      if (length > MAX_BODY_BYTES) return refuse('too_large')
      text += decoder.decode(chunk, { stream: true })
    }
    return accept(text + decoder.decode())
  } catch {
    // Not UTF-8, or the sender went away in the middle: there is no text either way.
    return refuse('not_text')
  }
}
