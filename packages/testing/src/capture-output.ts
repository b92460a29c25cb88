import { inspect } from 'node:util'

const consoleMethods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

/** What `action` gave, and all that was written to the console, stdout and stderr meanwhile. */
export async function captureOutput<Value>(
  action: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly output: string }> {
  const written: string[] = []
  const restore = [
    ...consoleMethods.map((method) => {
      const original = console[method]
      console[method] = (...values: unknown[]) => {
        written.push(values.map((value) => inspect(value, { depth: Infinity })).join(' '))
      }
      return () => {
        console[method] = original
      }
    }),
    ...[process.stdout, process.stderr].map((stream) => {
      const original = stream.write.bind(stream)
      stream.write = (chunk: unknown) => {
        written.push(chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk))
        return true
      }
      return () => {
        stream.write = original
      }
    }),
  ]
  try {
    const value = await action()
    return { value, output: written.join('\n') }
  } finally {
    for (const undo of restore) undo()
  }
}
