/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Where, as one would write it in code: `clients[0].redirectUris[1]`. */
  readonly path: string
  /** What is wrong, and the mend. Never a secret. */
  readonly message: string
}

/** A configuration that cannot be used. The message names every field, the reason and the mend. */
export class ConfigError extends Error {
  readonly code = 'config_invalid'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${describeProblem(problem)}`)
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super(`The configuration has ${count}:\n${lines.join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One line for people. */
export function describeProblem({ path, message }: ConfigProblem): string {
  return `${path === '' ? 'it' : path} ${message}`
}

/** A path as one would write it in code. Keys come from the file: anything odd is quoted. */
export function formatPath(segments: readonly PropertyKey[]): string {
  let path = ''
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(String(segment)))
      path += path === '' ? String(segment) : `.${String(segment)}`
    else path += `[${JSON.stringify(String(segment))}]`
  }
  return path
}
