// Keeps code in documents true: every TypeScript fence names the region of a compiled file it shows.
//   ```ts source=examples/snippets/src/quick-start.ts#tool
// Without arguments: checks. With --write: copies the regions into the documents.
import { globSync, readFileSync, writeFileSync } from 'node:fs'

const FENCE = /^```(ts|tsx|js|typescript)\b([^\n]*)\n([\s\S]*?)^```$/gm
const documents = globSync([
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'examples/*/README.md',
  'bench/README.md',
])
const isWriting = process.argv.includes('--write')
const problems: string[] = []

for (const document of documents) {
  const text = readFileSync(document, 'utf8')
  const synced = text.replaceAll(FENCE, (fence, language: string, info: string, code: string) => {
    const source = /\bsource=(\S+)/.exec(info)?.[1]
    if (source === undefined) {
      problems.push(`${document}: a ${language} fence without source=…: ${firstLine(code)}`)
      return fence
    }
    const region = readRegion(source)
    if (region === undefined) {
      problems.push(`${document}: ${source} names no region of a file`)
      return fence
    }
    if (region !== code && !isWriting) {
      problems.push(`${document}: differs from ${source}; run: node scripts/sync-docs.ts --write`)
    }
    return `\`\`\`${language}${info}\n${region}\`\`\``
  })
  if (isWriting && synced !== text) writeFileSync(document, synced)
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)

/** The lines between `// #region name` and `// #endregion`, or the whole file, without common indentation. */
function readRegion(source: string): string | undefined {
  const [file = '', name] = source.split('#')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  if (name === undefined) return text

  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`)
  const length = lines.slice(start + 1).findIndex((line) => line.trim().startsWith('// #endregion'))
  if (start < 0 || length < 0) return undefined

  const region = lines.slice(start + 1, start + 1 + length)
  const indents = region.filter((line) => line !== '').map((line) => line.search(/\S/))
  const indent = Math.min(...indents)
  return region.map((line) => `${line.slice(indent)}\n`).join('')
}

function firstLine(code: string): string {
  return JSON.stringify(code.split('\n')[0] ?? '')
}
