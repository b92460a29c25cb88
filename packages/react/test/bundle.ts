import { join } from 'node:path'
import { build } from 'esbuild'

/** Which versions a page of the tests runs with. */
export interface Versions {
  readonly ai: 'v5' | 'v6' | 'v7'
  readonly react: 'v18' | 'v19'
}

const root = join(import.meta.dirname, '..')

/** A page's script: one entry of `test/app`, with the real libraries in these versions. */
export async function bundle(entry: string, { ai, react }: Versions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'app', entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
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
