import { execFileSync } from 'node:child_process'

/** Milliseconds that loading a module takes in a fresh process, start-up of Node not counted. */
export function importMilliseconds(
  specifier: string,
  how: 'import' | 'require',
  folder: string,
): number {
  const load =
    how === 'import'
      ? `await import(${JSON.stringify(specifier)})`
      : `(await import('node:module')).createRequire(process.cwd() + '/x.js')(${JSON.stringify(specifier)})`
  const program = `const startedAt = performance.now(); ${load}; console.log(performance.now() - startedAt); process.exit(0)`
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
    encoding: 'utf8',
  })
  return Number(printed)
}
