// A built Next.js app in a process of its own; prints where it listens. Its folder is the first parameter.
import { createServer } from 'node:http'

import next from 'next'

const print = console.log
// Standard output is for the line below; Next.js has words of its own.
console.log = console.error
const server = createServer()
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('The app has no port')
const origin = `http://127.0.0.1:${address.port}`
// Read at the first request.
process.env['VALETKEY_APP_URL'] = origin
const app = next({
  dev: false,
  dir: process.argv[2] ?? '.',
  hostname: '127.0.0.1',
  port: address.port,
})
await app.prepare()
const answer = app.getRequestHandler()
server.on('request', (request, response) => void answer(request, response))
print(JSON.stringify({ origin }))
