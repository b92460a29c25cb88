/** Any JSON object. */
export type JsonObject = { readonly [name: string]: unknown }

/** An answer before it is put on the wire, so that a fault can still change it. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: ReplyBody
  /** `reset`: the connection ends without an answer. `cut`: it ends in the middle of the body. */
  readonly connection?: 'reset' | 'cut' | undefined
}

/** What an answer carries. */
export type ReplyBody =
  | { readonly kind: 'json'; readonly value: JsonObject }
  | { readonly kind: 'form'; readonly value: JsonObject }
  | { readonly kind: 'html'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
  | { readonly kind: 'empty' }

/** Tells the server that answers over a socket what to do with it. Never sent. */
export const CONNECTION_HEADER = 'x-emulator-connection'

/** A JSON answer. */
export function jsonReply(
  value: JsonObject,
  status = 200,
  headers?: Readonly<Record<string, string>>,
): Reply {
  return { status, body: { kind: 'json', value }, ...(headers && { headers }) }
}

/** An answer without a body. */
export function emptyReply(status: number, headers?: Readonly<Record<string, string>>): Reply {
  return { status, body: { kind: 'empty' }, ...(headers && { headers }) }
}

/** The body as text, and its media type. */
export function encodeBody(body: ReplyBody): { readonly text: string; readonly type: string } {
  switch (body.kind) {
    case 'json':
      return { text: JSON.stringify(body.value), type: 'application/json' }
    case 'form':
      return { text: encodeForm(body.value), type: 'application/x-www-form-urlencoded' }
    case 'html':
      return { text: body.text, type: 'text/html; charset=utf-8' }
    case 'text':
      return { text: body.text, type: body.contentType }
    case 'empty':
      return { text: '', type: '' }
  }
}

/** The answer for the wire. */
export function toResponse(reply: Reply): Response {
  const { text, type } = encodeBody(reply.body)
  const headers = new Headers({ 'cache-control': 'no-store', ...reply.headers })
  if (type !== '') headers.set('content-type', type)
  if (reply.connection !== undefined) headers.set(CONNECTION_HEADER, reply.connection)
  return new Response(reply.body.kind === 'empty' ? null : text, { status: reply.status, headers })
}

function encodeForm(value: JsonObject): string {
  const form = new URLSearchParams()
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || field === null) continue
    form.set(name, typeof field === 'string' ? field : JSON.stringify(field))
  }
  return form.toString()
}
