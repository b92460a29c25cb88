import { expect, test } from 'vitest'

import { type CallFrame, type CpuProfile, samplesByPart } from './cpu-profile.ts'
import { type ExchangePart, exchangePartOf } from './exchange-parts.ts'
import { createModuleFinder } from './source-modules.ts'

const BUNDLE = `import "x"
// src/http/router.ts
function route() {}
// src/crypto/sealer.ts
function open() {}
// src/http/router.ts
function answer() {}
`
const moduleOf = createModuleFinder(() => BUNDLE)

function frame(functionName: string, url = '', lineNumber = 0): CallFrame {
  return { functionName, url, lineNumber }
}

const inBundle = (functionName: string, lineNumber: number): CallFrame =>
  frame(functionName, 'file:///app/dist/chunk.js', lineNumber)

function partsIn(
  frames: readonly (readonly [CallFrame, parent?: number])[],
  samples: readonly number[],
  window = { fromMicroseconds: 0, toMicroseconds: 1_000 },
): Readonly<Record<string, number>> {
  const profile: CpuProfile = {
    nodes: frames.map(([callFrame], id) => ({
      id,
      callFrame,
      children: frames.flatMap(([, parent], child) => (parent === id ? [child] : [])),
    })),
    startTime: 100,
    samples,
    timeDeltas: samples.map(() => 10),
  }
  const counts = samplesByPart<ExchangePart>(profile, {
    window,
    partOf: (callFrame) => exchangePartOf(callFrame, moduleOf),
    rest: 'other',
  })
  return Object.fromEntries(counts)
}

test('finds the module of a frame, in a bundle by the comment above it', () => {
  expect([
    moduleOf(inBundle('route', 2)),
    moduleOf(inBundle('open', 4)),
    moduleOf(inBundle('answer', 6)),
    moduleOf(inBundle('', 0)),
    moduleOf(frame('get', 'file:///app/node_modules/.pnpm/hono@4/node_modules/hono/dist/x.js')),
    moduleOf(frame('get', 'file:///app/node_modules/@hono/node-server/dist/x.mjs')),
    moduleOf(frame('createHmac', 'node:crypto')),
    moduleOf(frame('writeUtf8String')),
  ]).toEqual([
    'src/http/router.ts',
    'src/crypto/sealer.ts',
    'src/http/router.ts',
    undefined,
    'hono',
    '@hono/node-server',
    'node:crypto',
    undefined,
  ])
})

test('counts a sample for the innermost frame that has a part', () => {
  const stack = [
    [frame('(root)')],
    [inBundle('route', 2), 0],
    [inBundle('open', 4), 1],
    [frame('createHmac', 'node:crypto'), 2],
  ] as const

  expect(partsIn(stack, [1, 2, 3])).toEqual({ HTTP: 1, open: 2 })
})

test('shows what no part is known for, and what is no JavaScript', () => {
  const stack = [
    [frame('(root)')],
    [frame('runMicrotasks'), 0],
    [frame('toString', 'node:buffer'), 1],
    [frame('(program)'), 0],
    [frame('(garbage collector)'), 0],
  ] as const

  expect(partsIn(stack, [1, 2, 3, 4])).toEqual({
    other: 2,
    'outside of JavaScript': 1,
    'garbage collection': 1,
  })
})

test('leaves out samples in which the process waited, or that were taken outside of the load', () => {
  const stack = [[frame('(root)')], [frame('(idle)'), 0], [inBundle('route', 2), 0]] as const
  const samples = [2, 1, 2, 2]

  expect(partsIn(stack, samples)).toEqual({ HTTP: 3 })
  expect(partsIn(stack, samples, { fromMicroseconds: 125, toMicroseconds: 135 })).toEqual({
    HTTP: 1,
  })
})
