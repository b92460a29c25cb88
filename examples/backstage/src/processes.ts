import {
  type ChildProcess,
  type ChildProcessByStdio,
  spawn,
  type SpawnOptions,
} from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** A command of a package, as `npx` would start it. */
export interface Command {
  readonly package: '@valetkey/vault' | '@valetkey/emulator'
  readonly parameters: readonly string[]
}

/** A program of Node that is no command of Valet Key's. */
export interface Program {
  readonly file: string
  readonly parameters: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

const started = new Set<ChildProcess>()
const logged: string[] = []
process.on('exit', () => {
  for (const child of started) child.kill()
})
let onSignal = (): void => process.exit(1)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    onSignal()
  })
}

/** Resolves with the first signal to stop; a signal that nobody waits for ends the process at once. */
export async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    onSignal = resolve
  })
}

/** Starts a server that prints one line of JSON about itself, and gives that line. */
export async function startProcess(command: Command): Promise<unknown> {
  const child = spawnNode(commandLine(command), {})
  const line = await firstLine(child, command.package, () => true)
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`${command.package} said ${JSON.stringify(line)} instead of its addresses`)
  }
}

/** Starts a program that goes on; resolves when it has printed a line that matches. */
export async function startProgram(program: Program, ready: RegExp): Promise<void> {
  const { file, parameters, cwd, environment } = program
  const child = spawnNode([file, ...parameters], { cwd, env: { ...process.env, ...environment } })
  await firstLine(child, file, (line) => ready.test(line))
}

function spawnNode(
  parameters: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, parameters, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  child.stderr.on('data', (text: Buffer) => logged.push(text.toString()))
  return child
}

async function firstLine(
  child: ChildProcessByStdio<null, Readable, Readable>,
  name: string,
  isWanted: (line: string) => boolean,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (isWanted(line)) resolve(line)
    })
    child.once('exit', (code) => {
      reject(new Error(`${name} ended with ${code}: ${processLog()}`))
    })
    child.once('error', reject)
  })
}

/** Runs a command to its end: what it printed, and whether it succeeded. */
export async function runProcess(
  command: Command,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const { code, output } = await untilEnded(spawnNode(commandLine(command), {}))
  return { ok: code === 0, output: output.trim() }
}

async function untilEnded(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => printed.push(text.toString()))
  }
  const [code] = (await once(child, 'close')) as [number | null]
  started.delete(child)
  return { code, output: printed.join('') }
}

/** What the servers wrote to stderr. */
export function processLog(): string {
  return logged.join('')
}

/** Ends everything that was started here; resolves when it has ended. */
export async function stopProcesses(): Promise<void> {
  const ended = [...started].map(async (child) => {
    if (child.exitCode !== null || !child.kill()) return
    await once(child, 'exit')
  })
  await Promise.all(ended)
  started.clear()
}

function commandLine({ package: name, parameters }: Command): string[] {
  const manifest = new URL(import.meta.resolve(`${name}/package.json`))
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> }
  const [file = ''] = Object.values(bin)
  return [fileURLToPath(new URL(file, manifest)), ...parameters]
}
