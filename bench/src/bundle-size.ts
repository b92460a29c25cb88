import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

export interface BundleSize {
  readonly minifiedBytes: number
  readonly gzippedBytes: number
}

export interface BundleSizeOptions {
  /** Default `node`. */
  readonly platform?: 'node' | 'browser'
  /** What the app has anyway. Default: nothing. */
  readonly external?: readonly string[]
}

/** What an app's bundle grows by: everything the entry needs besides `external`, minified, then gzipped. */
export async function bundleSize(
  specifier: string,
  folder: string,
  { platform = 'node', external = [] }: BundleSizeOptions = {},
): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(specifier)}`, resolveDir: folder },
    bundle: true,
    minify: true,
    splitting: false,
    format: 'esm',
    platform,
    target: platform === 'node' ? 'node22' : 'es2022',
    external: [...external],
    write: false,
    logLevel: 'error',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { minifiedBytes: contents.byteLength, gzippedBytes: gzipSync(contents).byteLength }
}
