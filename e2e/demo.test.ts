import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../examples/calendar-agent')

const titles = [
  '1  Nothing is connected: the run pauses, with a link',
  '2  The user connects',
  '3  The same run goes on: same tool call, now with a token',
  '4  The token expires, five tools ask at once, the vault refreshes once',
  '5  One scope more: step up, and go on',
  '6  The user takes the access back at the provider',
  '7  The provider is down: an outage is no reason to ask the user',
  '8  Every hand-out is in the audit log, and the log is whole',
]

test(
  'the demo tells its story to the end, and leaves nothing running',
  { timeout: 90_000 },
  async () => {
    const { status, output, errors } = await runDemo({})

    expect(errors).toBe('')
    expect(status).toBe(0)
    expect(output.split('\n').filter((line) => /^\d {2}/.test(line))).toEqual(titles)
    expect(output).not.toContain('✗')
    expect(output.match(/✓/g)?.length).toBeGreaterThanOrEqual(20)
    await expectNothingRunning(output)
  },
)

test(
  'the demo fails where its story does not come true, and leaves nothing running',
  { timeout: 60_000 },
  async () => {
    // A model that cannot be reached: the first step shows no interrupt.
    const { status, output, errors } = await runDemo({
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: 'http://127.0.0.1:9',
    })

    expect(status).toBe(1)
    expect(errors).toContain('The demo broke')
    expect(output).not.toContain('All of it is so')
    await expectNothingRunning(output)
  },
)

async function runDemo(
  environment: Readonly<Record<string, string>>,
): Promise<{ status: unknown; output: string; errors: string }> {
  const { ANTHROPIC_API_KEY: _, OPENAI_API_KEY: __, ...inherited } = process.env
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: folder,
    env: { ...inherited, NO_COLOR: '1', NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[status], output, errors] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { status, output, errors }
}

/** Nobody listens any more where vault, emulator and agent did. */
async function expectNothingRunning(output: string): Promise<void> {
  const urls = [...output.matchAll(/^ {3}(?:emulator|vault|agent) +(http:\S+)/gm)].map(
    ([, url = '']) => url,
  )
  expect(urls).toHaveLength(3)
  for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
}
