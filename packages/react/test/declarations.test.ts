import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(root, 'node_modules', '.consumer-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const app = `
import { ConnectAccount, ConnectedAccounts, useInterrupts, type InterruptSource } from '@valetkey/react'
import type { ReactNode } from 'react'

export function App({ chat }: { chat: InterruptSource }): ReactNode {
  return (
    <main>
      {useInterrupts(chat).map((pending) => (
        <ConnectAccount key={pending.id} pending={pending} classNames={{ link: 'button' }}>
          {({ link, follow }) => <a href={link} onClick={follow}>Connect</a>}
        </ConnectAccount>
      ))}
      <ConnectedAccounts components={{ disconnect: (props) => <button {...props} /> }} />
    </main>
  )
}
`

test.each([
  ['18', 'react-types-v18'],
  ['19', '@types/react'],
])(
  "compiles with the types of React %s and every library's own types looked at",
  async (version, types) => {
    const file = join(folder, `app-${version}.tsx`)
    const project = join(folder, `tsconfig-${version}.json`)
    writeFileSync(file, app)
    const reactTypes = join(root, 'node_modules', types)
    writeFileSync(
      project,
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
          jsx: 'react-jsx',
          target: 'es2022',
          lib: ['es2022', 'dom', 'dom.iterable'],
          module: 'nodenext',
          types: [],
          paths: { react: [reactTypes], 'react/*': [`${reactTypes}/*`] },
        },
        files: [file],
      }),
    )
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

    const compiled = promisify(execFile)(process.execPath, [compiler, '-p', project])

    await expect(compiled).resolves.toEqual({ stdout: '', stderr: '' })
  },
)
