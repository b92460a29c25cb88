// Each requirement of docs/security/requirements.md must have a test with its number at the front of the title, or a
// decision record that says why it is not met. With --list: prints each with its tests.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { coverageOf, findProblems, readRequirements, readTestTitles } from './requirements.ts'

const DOCUMENT = 'docs/security/requirements.md'

const requirements = readRequirements(readFileSync(DOCUMENT, 'utf8'))
const titles = globSync(['packages/**/*.{test,contract}.ts', 'e2e/**/*.test.ts'], {
  exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
})
  .toSorted()
  .flatMap((file) => readTestTitles(file, readFileSync(file, 'utf8')))
const problems = findProblems(requirements, titles)

for (const { number, decisionRecord } of requirements) {
  if (decisionRecord === undefined) continue
  const path = join(dirname(DOCUMENT), decisionRecord)
  if (!existsSync(path)) problems.push(`${number} names the record ${path}, which is not there.`)
}

if (process.argv.includes('--list')) {
  for (const { requirement, tests } of coverageOf(requirements, titles)) {
    const { number, decisionRecord } = requirement
    console.log(decisionRecord === undefined ? number : `${number} (not met: ${decisionRecord})`)
    for (const { file, line, title } of tests) console.log(`  ${file}:${line}  ${title}`)
  }
}

for (const problem of problems) console.error(problem)
const met = coverageOf(requirements, titles).filter(({ tests }) => tests.length > 0).length
console.log(`${requirements.length} requirements, ${met} with tests, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
