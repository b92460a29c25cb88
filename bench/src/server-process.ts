import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A server in a process of its own, pinned to one core where the system can pin. */
export interface ServerProcess<Ready> {
  /** The JSON line it printed when it was ready. */
  readonly ready: Ready
  /** CPU time used so far, user and system, in microseconds. */
  cpuMicroseconds(): number
  /** Resident memory in bytes. */
  residentBytes(): number
  stop(): Promise<void>
}

const SERVER_CORE = '0'
/** Linux counts CPU time in ticks of 1/100 s (`getconf CLK_TCK`). */
const MICROSECONDS_PER_TICK = 10_000
const PAGE_BYTES = 4096

export async function startServerProcess<Ready>(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
  { pin = true }: { readonly pin?: boolean } = {},
): Promise<ServerProcess<Ready>> {
  const pinned: readonly string[] =
    pin && existsSync('/usr/bin/taskset') ? ['taskset', '-c', SERVER_CORE, ...command] : command
  const [program = '', ...parameters] = pinned
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const ready = await firstJsonLine<Ready>(child)
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} did not start`)

  return {
    ready,
    cpuMicroseconds: () => {
      const fields = readStat(pid)
      return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK
    },
    residentBytes: () => Number(readStat(pid)[21]) * PAGE_BYTES,
    stop: () => stop(child),
  }
}

/** Fields of `/proc/PID/stat` after the command, so that index 11 and 12 are utime and stime. */
function readStat(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

async function firstJsonLine<Ready>(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error('the server has no standard output')
  const lines = createInterface({ input: child.stdout })
  return await new Promise<Ready>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`)))
    lines.once('line', (line) => {
      try {
        resolve(JSON.parse(line) as Ready)
      } catch (error) {
        child.kill()
        reject(new Error(`the server's first line is not JSON: ${line}`, { cause: error }))
      }
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
