import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test("the README's example is the one that is compiled here", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readFileSync(new URL('readme.example.ts', import.meta.url), 'utf8')
  const [, ...lines] = example.replace("'../src/index.ts'", "'@valetkey/core'").split('\n')

  expect(readme).toContain(`\`\`\`ts\n${lines.join('\n')}\`\`\``)
})
