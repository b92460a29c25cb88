import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import esbuild from 'esbuild'
import * as z from 'zod'

/** Which versions a page of the tests runs with. */
export interface Versions {
  readonly ai: 'v5' | 'v6' | 'v7'
  readonly react: 'v18' | 'v19'
}

const root = join(import.meta.dirname, '..')

/** A page's script: one entry of `test/app`, with the real libraries in these versions. */
export async function bundle(entry: string, versions: Versions): Promise<string> {
  return await build(entry, versions, 'esm')
}

const Rendered = z.object({ html: z.string() })

/** The HTML of `test/app/server.tsx`, rendered in this process, which has no window. */
export async function renderOnServer(versions: Versions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-react-'))
  const file = join(folder, 'server.cjs')
  writeFileSync(file, await build('server.tsx', versions, 'cjs'))
  const { html } = Rendered.parse(createRequire(file)(file))
  rmSync(folder, { recursive: true })
  return html
}

async function build(
  entry: string,
  { ai, react }: Versions,
  format: 'esm' | 'cjs',
): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(import.meta.dirname, 'app', entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format,
    platform: format === 'esm' ? 'browser' : 'node',
    target: 'es2022',
    jsx: 'automatic',
    sourcemap: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    alias: {
      ...(ai === 'v7' ? {} : { '@ai-sdk/react': `ai-react-${ai}`, ai: `ai-${ai}` }),
      ...(react === 'v19' ? {} : { react: 'react-v18', 'react-dom': 'react-dom-v18' }),
    },
  })
  return outputFiles[0]?.text ?? ''
}
