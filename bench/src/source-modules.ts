import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { CallFrame } from './cpu-profile.ts'

/** Where the bundler says from which file the lines that follow are. */
const ORIGIN = /^\/\/ (src\/\S+)$/

interface Origin {
  readonly line: number
  readonly module: string
}

/**
 * Names the module that a frame's code was written in: `src/…` of a bundle, `node:…`, or a package by its name.
 * `undefined` for what has no source.
 */
export function createModuleFinder(
  read: (url: string) => string = (url) => readFileSync(fileURLToPath(url), 'utf8'),
): (frame: CallFrame) => string | undefined {
  const bundles = new Map<string, readonly Origin[]>()
  return ({ url, lineNumber }) => {
    if (url.startsWith('node:')) return url
    if (!url.startsWith('file:')) return undefined
    const packaged = packageOf(url)
    if (packaged !== undefined) return packaged
    let origins = bundles.get(url)
    if (origins === undefined) {
      origins = originsIn(read(url))
      bundles.set(url, origins)
    }
    return origins.findLast(({ line }) => line <= lineNumber)?.module
  }
}

function packageOf(url: string): string | undefined {
  const [, path] = /^.*\/node_modules\/(.+)$/.exec(url) ?? []
  return path && /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

function originsIn(bundle: string): readonly Origin[] {
  return bundle.split('\n').flatMap((text, line) => {
    const [, module] = ORIGIN.exec(text) ?? []
    return module === undefined ? [] : [{ line, module }]
  })
}
