import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** A run of the built command `valetkey`. */
export interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves when standard output has a whole line; rejects when the command ends before. */
  readonly firstLine: () => Promise<string>
  /** Resolves when standard error has this text; rejects when the command ends before. */
  readonly logged: (text: string) => Promise<void>
  /** Resolves to the exit code, or to the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface RunOptions {
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
}

export function valetkey(
  parameters: readonly string[],
  { cwd, environment = {} }: RunOptions,
): Run {
  if (!existsSync(PROGRAM))
    throw new Error('Build the package first: its command is tested as built')
  const child = spawn(process.execPath, [PROGRAM, ...parameters], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })

  const until = (stream: Readable, isThere: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (isThere()) resolve()
      }
      stream.on('data', check)
      void ended.then((code) => reject(new Error(`ended with ${code} before: ${stdout}${stderr}`)))
      check()
    })

  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    firstLine: async () => {
      await until(child.stdout, () => stdout.includes('\n'))
      return stdout.slice(0, stdout.indexOf('\n'))
    },
    logged: (text) => until(child.stderr, () => stderr.includes(text)),
    ended,
  }
}
