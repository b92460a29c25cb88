import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'

/** Runs the demo of an example to its end, without a key for a real model. */
export async function runDemo(
  example: string,
  {
    environment = {},
    parameters = [],
  }: {
    readonly environment?: Readonly<Record<string, string>>
    readonly parameters?: readonly string[]
  } = {},
): Promise<{ status: unknown; output: string; errors: string }> {
  const { ANTHROPIC_API_KEY: _, OPENAI_API_KEY: __, ...inherited } = process.env
  const child = spawn(process.execPath, ['src/main.ts', ...parameters], {
    cwd: resolve(import.meta.dirname, '../../examples', example),
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

/** The steps that the demo told; numbered from 1, without a gap. */
export function titlesIn(output: string): readonly string[] {
  const steps = [...output.matchAll(/^(\d+) {2}(.*)$/gm)]
  expect(steps.map(([, number]) => Number(number))).toEqual(steps.map((_, index) => index + 1))
  return steps.map(([, , title = '']) => title)
}

/** Nobody listens any more where vault, emulator and agent or app did. */
export async function expectNothingRunning(output: string): Promise<void> {
  const urls = [...output.matchAll(/^ {3}(?:emulator|vault|agent|app) +(http:\S+)/gm)].map(
    ([, url = '']) => url,
  )
  expect(urls).toHaveLength(3)
  for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
}
