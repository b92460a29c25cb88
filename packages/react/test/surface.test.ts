import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as entry from '@valetkey/react'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'ConnectAccount',
    'ConnectedAccounts',
    'defaultAccountTexts',
    'defaultServiceNames',
    'defaultTexts',
    'useConnectAccount',
    'useConnectedAccounts',
    'useInterrupts',
  ])
})

test('is client code to a server that renders React: the directive is the first thing it says', () => {
  const code = readFileSync(new URL(import.meta.resolve('@valetkey/react')), 'utf8')

  expect(code).toMatch(/^['"]use client['"]/)
})

test('needs nothing but React and core, and weighs at most 12 kB in a browser', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export * from '@valetkey/react'", resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['react', 'react/*'],
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const inputs = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>')

  expect(inputs.filter((input) => !/(core|react)\/dist\/[\w-]+\.js$/.test(input))).toEqual([])
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).byteLength
  expect(bytes).toBeGreaterThan(1_000)
  expect(bytes).toBeLessThanOrEqual(12_000)
})

test('S11: any React from 18 on will do, and no framework is asked for', () => {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )

  expect(manifest).toMatchObject({ peerDependencies: { react: '^18 || ^19' } })
  expect(manifest).toHaveProperty('dependencies', { '@valetkey/core': 'workspace:^' })
  expect(manifest).not.toHaveProperty('peerDependencies.react-dom')
})

test('comes with a stylesheet that knows every part, and loads nothing', () => {
  const css = readFileSync(new URL(import.meta.resolve('@valetkey/react/styles.css')), 'utf8')
  const code = readFileSync(new URL(import.meta.resolve('@valetkey/react')), 'utf8')
  const parts = new Set([...code.matchAll(/\bpart\("(\w+)"/g)].map(([, part]) => part))

  expect(parts.size).toBe(19)
  expect([...parts].filter((part) => !css.includes(`[data-valetkey-slot=${part}]`))).toEqual([])
  expect(css).not.toMatch(/@import|url\(/)
  // Where Lightning CSS has rewritten light-dark(), there are no colours without these.
  expect(css).toMatch(
    /:where\(:root\) \{\s+--lightningcss-light: initial;\s+--lightningcss-dark: ;\s+\}/,
  )
})
