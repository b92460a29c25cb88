import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Runs code in a process of its own, secured as the commands secure theirs. */
function runSecured(code: string): Promise<{ exitCode: unknown; output: string }> {
  const program = `
    import { secureProcess } from '${folder}secure-process.ts'
    import { openStderrLog } from '${folder}stderr-log.ts'
    secureProcess(openStderrLog({ level: 'info' }))
    ${code}`
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', program],
      (error, stdout, stderr) => resolve({ exitCode: error?.code ?? 0, output: stdout + stderr }),
    )
  })
}

test.each([
  ['a thrown error', "setImmediate(() => { throw new Error('CANARY-TOKEN') })"],
  ['a rejected promise', "void Promise.reject(new Error('CANARY-TOKEN'))"],
  ['a rejected text', "void Promise.reject('CANARY-TOKEN')"],
])('%s that nobody catches ends the process and shows no token', async (_, code) => {
  const { exitCode, output } = await runSecured(code)

  expect(exitCode).toBe(70)
  expect(output).toContain('uncaught error')
  expect(output).not.toContain('CANARY')
})

test('prototypes cannot be reached by name', async () => {
  const { output } = await runSecured("console.log('__proto__' in Object.prototype)")

  expect(output).toBe('false\n')
})
