import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import * as z from 'zod'

/** A process that was started, with everything it wrote. */
export interface RunningProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves when `stream` holds this text; rejects, with what was written, when the process ends before. */
  readonly wrote: (stream: 'stdout' | 'stderr', text: string) => Promise<void>
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Runs a program of Node with nothing of this process's environment but `PATH` and `TMPDIR`. */
export function runProcess(
  program: string,
  parameters: readonly string[],
  {
    cwd,
    environment = {},
  }: { readonly cwd: string; readonly environment?: Readonly<Record<string, string>> },
): RunningProcess {
  const { PATH, TMPDIR } = process.env
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd,
    env: { PATH, TMPDIR, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()))
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal)
    })
  })

  return {
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    wrote: (stream, text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (written[stream].includes(text)) resolve()
        }
        child[stream].on('data', check)
        void ended.then((code) => {
          reject(
            new Error(
              `${program} ended with ${code} before it wrote ${JSON.stringify(text)} to ${stream}: ${written.stdout}${written.stderr}`,
            ),
          )
        })
        check()
      }),
    ended,
  }
}

const Manifest = z.object({ bin: z.object({ valetkey: z.string() }) })

/** The command `valetkey`, as its package publishes it. */
export function valetkeyProgram(): string {
  const require = createRequire(import.meta.url)
  const file = require.resolve('@valetkey/vault/package.json')
  return join(dirname(file), Manifest.parse(require(file)).bin.valetkey)
}
