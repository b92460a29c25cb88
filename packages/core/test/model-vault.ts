import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** One request as the model vault saw it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly form: Readonly<Record<string, string>>
  readonly body: string
}

/** What the model vault answers. */
export interface ModelAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  /** Cuts the connection instead. */
  readonly reset?: boolean
}

/** A vault on a real port, which answers as the test says. */
export interface ModelVault extends AsyncDisposable {
  readonly issuer: string
  readonly requests: SeenRequest[]
  answer: (request: SeenRequest) => ModelAnswer | Promise<ModelAnswer>
}

/** A token answer whose token says what was asked for, so that a mix-up shows. */
export function tokenAnswer(request: SeenRequest, more: Record<string, unknown> = {}): ModelAnswer {
  return {
    json: {
      access_token: tokenFor(request),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
      ...(request.form['scope'] === undefined ? {} : { scope: request.form['scope'] }),
      ...more,
    },
  }
}

/** The token that belongs to a request. */
export function tokenFor({ form }: Pick<SeenRequest, 'form'>): string {
  const parts = [
    form['subject_token'],
    form['subject_token_type'],
    form['actor_token'],
    form['audience'] ?? form['connection'],
    form['login_hint'],
    form['scope'],
  ]
  return `tok_${Buffer.from(JSON.stringify(parts)).toString('base64url')}`
}

/** Starts a model vault; dispose of it at the end of the test. */
export async function startModelVault(
  answer: ModelVault['answer'] = (request) => tokenAnswer(request),
): Promise<ModelVault> {
  const requests: SeenRequest[] = []
  const vault = { answer }
  const server = createServer((request, response) => {
    void respond(request, response, async (seen) => {
      requests.push(seen)
      return await vault.answer(seen)
    })
  })
  const origin = await listen(server)
  return Object.assign(vault, {
    issuer: `${origin}/`,
    requests,
    [Symbol.asyncDispose]: () => close(server),
  })
}

/** Listens on a free loopback port and gives the origin. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

/** Stops a server, with its open connections. */
export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (seen: SeenRequest) => Promise<ModelAnswer>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const isForm = request.headers['content-type']?.includes('x-www-form-urlencoded') === true
  const {
    status = 200,
    headers = {},
    json,
    text,
    reset,
  } = await answer({
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
    ),
    form: isForm ? Object.fromEntries(new URLSearchParams(body)) : {},
    body,
  })
  if (reset === true) {
    request.socket.destroy()
    return
  }
  response.writeHead(status, {
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  })
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json))
}
