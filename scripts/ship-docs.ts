// Puts the documents into the package that is being packed, so that `node_modules/@valetkey/*/docs` says
// what its version does. Runs as `prepack`, in the package's folder.
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const source = join(root, 'docs')
const target = resolve('docs')

rmSync(target, { recursive: true, force: true })
cpSync(source, target, {
  recursive: true,
  // How the project decided is of no use to those who use it.
  filter: (path) => !relative(source, path).startsWith('decisions'),
})
for (const file of globSync('**/*.md', { cwd: target })) {
  const path = join(target, file)
  writeFileSync(path, shipped(readFileSync(path, 'utf8'), file))
}

/** A document as it stands in a package: links that lead out of the documents lead to packages, or are text. */
function shipped(text: string, file: string): string {
  return text
    .replaceAll(/^(```\w+) source=\S+$/gm, '$1')
    .replaceAll(/\[([^\]]*)\]\(([^)\s]+)\)/g, (link, words: string, to: string) => {
      if (/^(#|[a-z]+:)/.test(to)) return link
      const [path = '', fragment] = to.split('#')
      const inRepository = relative(root, resolve(source, dirname(file), path))
      if (existsSync(resolve(target, dirname(file), path))) return link
      const name = /^packages\/([\w-]+)\/README\.md$/.exec(inRepository)?.[1]
      if (name === undefined) return words
      const out = relative(resolve(target, dirname(file)), join(target, '../..', name, 'README.md'))
      return `[${words}](${out}${fragment === undefined ? '' : `#${fragment}`})`
    })
}
