import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A command of a package, as `npx` would start it. */
export interface Command {
  readonly package: '@valetkey/vault' | '@valetkey/emulator'
  readonly parameters: readonly string[]
}

const started = new Set<ChildProcess>()
const logged: string[] = []
process.on('exit', () => {
  for (const child of started) child.kill()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

/** Starts a server that prints one line of JSON about itself, and gives that line. */
export async function startProcess(command: Command): Promise<unknown> {
  const child = spawn(process.execPath, commandLine(command), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  child.stderr.on('data', (text: Buffer) => logged.push(text.toString()))
  return await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      try {
        resolve(JSON.parse(line))
      } catch {
        reject(
          new Error(`${command.package} said ${JSON.stringify(line)} instead of its addresses`),
        )
      }
    })
    child.once('exit', (code) => {
      reject(new Error(`${command.package} ended with ${code}: ${processLog()}`))
    })
    child.once('error', reject)
  })
}

/** Runs a command to its end: what it printed, and whether it succeeded. */
export function runProcess(command: Command): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, commandLine(command), {
    encoding: 'utf8',
  })
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() }
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
