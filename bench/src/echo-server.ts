// The floor every server figure is compared with: node:http, reads a small POST, answers it as JSON.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    const answer = JSON.stringify({ received: body.length, access_token: 'x'.repeat(200) })
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
      'cache-control': 'no-store',
    })
    response.end(answer)
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  console.log(JSON.stringify({ url: `http://127.0.0.1:${address.port}/` }))
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
