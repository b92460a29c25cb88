import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

function run(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [CLI, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}

async function textOf(stream: ChildProcess['stderr']): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of stream ?? []) chunks.push(String(chunk))
  return chunks.join('')
}

test('starts, tells scripts on one line where it is, and stops when told', async () => {
  const child = run('--port', '0', '--json')
  const started = JSON.parse(await firstLine(child)) as {
    url: string
    userTokenEndpoint: string
    trustedIssuer: { issuer: string }
    providers: Record<string, { client: { clientId: string } }>
  }

  const token = await fetch(started.userTokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"user":"demo"}',
  })
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]

  expect(token.status).toBe(200)
  expect(started.trustedIssuer.issuer).toBe(`${started.url}/idp`)
  expect(Object.keys(started.providers)).toContain('slack')
  expect(started.providers['google']?.client.clientId).toBe('emulator-google-client')
  expect(code).toBe(0)
})

test('says in words where it is, without --json', async () => {
  const child = run('--port', '0')

  const line = await firstLine(child)
  child.kill('SIGINT')
  await once(child, 'exit')

  expect(line).toMatch(/^The emulator listens on http:\/\/127\.0\.0\.1:\d+$/)
})

test('a port that is taken is said, and the command fails', async () => {
  const first = run('--port', '0', '--json')
  const { url } = JSON.parse(await firstLine(first)) as { url: string }
  const { port } = new URL(url)

  const second = run('--port', port)
  const [error, [code]] = await Promise.all([textOf(second.stderr), once(second, 'exit')])
  first.kill('SIGTERM')
  await once(first, 'exit')

  expect(code).toBe(1)
  expect(error).toContain(`cannot listen on port ${port}`)
  expect(error).not.toMatch(/ at .*:\d+/)
})

test.each([
  ['--port', 'x'],
  ['--consent', 'maybe'],
])('refuses %s %s', async (option, value) => {
  const child = run(option, value)
  const [error, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')])

  expect(code).toBe(1)
  expect(error).toContain(option)
})
