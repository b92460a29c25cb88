import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { explainFailure } from './explain-failure.ts'
import { loadConfig } from './load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function failureOf(file: string): Promise<string> {
  try {
    await loadConfig(join(folder, file))
  } catch (error) {
    return explainFailure(error)
  }
  return 'nothing failed'
}

test.each([
  ['config.json', '{ "issuer": "x" }'],
  ['config.mjs', 'export default { issuer: "x" }'],
])('reads %s', async (file, content) => {
  writeFileSync(join(folder, file), content)

  expect(await loadConfig(join(folder, file))).toEqual({ config: { issuer: 'x' }, folder })
})

test.each([
  ['not-there.ts', undefined, /does not exist\. "valetkey init" makes one/],
  ['not-json.json', '{ secret: "canary" ', /is not JSON/],
  ['wrong-end.yaml', 'a: b', /has to end in \.ts/],
  ['no-default.mjs', 'export const config = {}', /has no default export/],
  ['throws.mjs', 'throw new Error("a reason")', /cannot be loaded: Error: a reason/],
  ['throws-text.mjs', 'throw "canary"', /threw something that is not an error/],
  [
    'problems.mjs',
    'throw Object.assign(new Error("The configuration has a problem"), { code: "config_invalid" })',
    /^The configuration has a problem$/,
  ],
])('says of %s what is wrong with it', async (file, content, message) => {
  if (content !== undefined) writeFileSync(join(folder, file), content)

  const failure = await failureOf(file)

  expect(failure).toMatch(message)
  expect(failure).not.toContain('canary')
})

test('says only the place of an error that nobody expected', () => {
  const failure = explainFailure(new RangeError('canary', { cause: new Error('canary') }))

  expect(failure).toMatch(/^Failed unexpectedly: RangeError at .*load-config\.test\.ts/)
  expect(failure).not.toContain('canary')
})
