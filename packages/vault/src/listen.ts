import { createServer } from 'node:http'
import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server as NetServer } from 'node:net'
import type { Socket } from 'node:net'

import { getRequestListener } from '@hono/node-server'

import type { CertifiedKey } from './crypto/certified-key.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly fetch: (
    request: Request,
    info: { readonly remoteAddress: string | undefined },
  ) => Promise<Response>
  /**
   * Replaces the process's `Request` and `Response` by node-server's lighter ones: for a process that is nothing but a
   * vault. Default: the globals are left alone.
   */
  readonly lightweightGlobals?: boolean | undefined
  /** Default: plain HTTP. */
  readonly tls?: CertifiedKey | undefined
  /** How long a TLS handshake may take. Default: 10. */
  readonly handshakeSeconds?: number | undefined
}

export interface Listening {
  readonly port: number
  /** Takes no new connection, lets requests under way finish for at most `graceSeconds`, then cuts what is left. */
  close(options: { readonly graceSeconds: number }): Promise<void>
}

/** A slow sender may not hold a connection for longer. */
const REQUEST_SECONDS = 30
const HEADERS_SECONDS = 10
const HEADER_BYTES = 16_384

/**
 * Serves `fetch` over HTTP/1.1, by itself or behind a proxy that has the certificate.
 *
 * @throws {TypeError} when key and certificate are no PEM, or not of each other
 * @throws a `NodeJS.ErrnoException`, such as `EADDRINUSE`, when the address cannot be had
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  let isClosing = false
  const handle = getRequestListener(
    (request, env) => options.fetch(request, { remoteAddress: env.incoming.socket?.remoteAddress }),
    {
      overrideGlobalObjects: options.lightweightGlobals ?? false,
      // Only a request that HTTP itself forbids gets here: `fetch` answers everything else.
      errorHandler: () =>
        new Response(null, {
          status: 400,
          headers: { 'content-length': '0', connection: 'close' },
        }),
    },
  )
  const server = createHttpServer(options, (incoming, outgoing) => {
    if (isClosing) outgoing.setHeader('connection', 'close')
    outgoing.once('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections())
    })
    void handle(incoming, outgoing)
  })
  const sockets = trackSockets(server)
  const port = await bind(server, options)

  return {
    port,
    close: async ({ graceSeconds }) => {
      isClosing = true
      const closed = new Promise<void>((resolve) => {
        // Node's own close() for HTTP ends idle connections in the same moment, also one whose request has arrived and
        // only was not read yet. So it is told to stop listening alone, and what is there gets one turn to be read.
        NetServer.prototype.close.call(server, () => resolve())
      })
      await oneTurn()
      server.closeIdleConnections()
      const timer = setTimeout(() => {
        server.closeAllConnections()
        // Those whose TLS handshake is not finished are no connections yet to an HTTP server.
        for (const socket of sockets) socket.destroy()
      }, graceSeconds * 1000)
      await closed
      clearTimeout(timer)
      // What is left of Node's close(): it ends the interval that looks for slow requests.
      server.close()
    },
  }
}

function createHttpServer(
  { tls, handshakeSeconds = HEADERS_SECONDS }: ListenOptions,
  onRequest: RequestListener,
): Server {
  const limits: ServerOptions = {
    requestTimeout: REQUEST_SECONDS * 1000,
    headersTimeout: HEADERS_SECONDS * 1000,
    maxHeaderSize: HEADER_BYTES,
  }
  if (tls === undefined) return createServer(limits, onRequest)
  const { key, certificate: cert } = tls
  try {
    return createTlsServer(
      { ...limits, key, cert, handshakeTimeout: handshakeSeconds * 1000 },
      onRequest,
    )
  } catch (error) {
    throw new TypeError(
      '"tls" must have a private key and its own certificate, both as PEM without a passphrase',
      { cause: error },
    )
  }
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

async function bind(
  server: Server,
  { host, port }: Pick<ListenOptions, 'host' | 'port'>,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

/** Lets the event loop poll its sockets once, and handle what it found. */
async function oneTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
