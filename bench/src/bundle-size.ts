import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

export interface BundleSize {
  readonly minifiedBytes: number
  readonly gzippedBytes: number
}

/** What an app's bundle grows by: everything the entry needs besides `external`, minified, then gzipped. */
export async function bundleSize(
  specifier: string,
  folder: string,
  external: readonly string[] = [],
): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(specifier)}`, resolveDir: folder },
    bundle: true,
    external: [...external],
    minify: true,
    splitting: false,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    write: false,
    logLevel: 'error',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { minifiedBytes: contents.byteLength, gzippedBytes: gzipSync(contents).byteLength }
}
