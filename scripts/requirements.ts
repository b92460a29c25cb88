import ts from 'typescript'

/** An entry of docs/security/requirements.md. */
export interface Requirement {
  /** `RV-01`, `R1`. */
  readonly number: string
  /** Where the document says that it is deliberately not met, and why: a path relative to the document. */
  readonly decisionRecord?: string | undefined
}

/** The title of a test, or of a group of tests. */
export interface TestTitle {
  readonly file: string
  readonly line: number
  readonly title: string
}

export interface Coverage {
  readonly requirement: Requirement
  readonly tests: readonly TestTitle[]
}

const ENTRY = /^- \*\*(RV-\d{2,3}|R[1-9]\d?)\*\* (.*)$/gm
const NOT_MET = /\*\*Not met\*\*: \[[^\]]+\]\(([^)]+)\)/
/** `RV-33, R4: …`. Threats (T), faults (F) and invariants (I) may stand in the same list. */
const FRONT = /^((?:RV-|[A-Z])\d+(?:, (?:RV-|[A-Z])\d+)*): /
const REQUIREMENT_NUMBER = /^(?:RV-|R)\d+$/

/** The numbers that the document lists, in its order. */
export function readRequirements(document: string): Requirement[] {
  return Array.from(document.matchAll(ENTRY), ([, number = '', text = '']) => ({
    number,
    decisionRecord: NOT_MET.exec(text)?.[1],
  }))
}

/** The titles of all tests and groups of a file that run; a comment, a text or a skipped test is none. */
export function readTestTitles(file: string, source: string): TestTitle[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest)
  const titles: TestTitle[] = []
  visit(tree)
  return titles

  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node) && isTestFunction(node.expression)) {
      if (isSkipped(node.expression)) return
      const title = node.arguments[0] && textOf(node.arguments[0])
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree))
      if (title !== undefined) titles.push({ file, line: line + 1, title })
    }
    ts.forEachChild(node, visit)
  }
}

/** The numbers of requirements at the front of a title. */
export function numbersOf(title: string): string[] {
  const list = FRONT.exec(title)?.[1] ?? ''
  return list.split(', ').filter((label) => REQUIREMENT_NUMBER.test(label))
}

export function coverageOf(
  requirements: readonly Requirement[],
  titles: readonly TestTitle[],
): Coverage[] {
  return requirements.map((requirement) => ({
    requirement,
    tests: titles.filter(({ title }) => numbersOf(title).includes(requirement.number)),
  }))
}

/** What is wrong, a sentence each; nothing when every requirement has a test or a record. */
export function findProblems(
  requirements: readonly Requirement[],
  titles: readonly TestTitle[],
): string[] {
  const numbers = requirements.map(({ number }) => number)
  const repeated = numbers.filter((number, index) => numbers.indexOf(number) < index)
  return [
    ...repeated.map((number) => `${number} is listed twice.`),
    ...coverageOf(requirements, titles)
      .filter(({ requirement, tests }) => !requirement.decisionRecord && tests.length === 0)
      .map(({ requirement }) => `${requirement.number} has no test.`),
    ...titles.flatMap((title) => problemsOf(title, numbers)),
  ]
}

function problemsOf({ file, line, title }: TestTitle, known: readonly string[]): string[] {
  const named = numbersOf(title)
  // A word such as R1 may stand in any sentence; RV-01 means a requirement wherever it stands.
  const elsewhere = (title.match(/\bRV-\d+/g) ?? []).filter((number) => !named.includes(number))
  return [
    ...named
      .filter((number) => !known.includes(number))
      .map((number) => `${file}:${line} names ${number}, which the document does not list.`),
    ...elsewhere.map(
      (number) => `${file}:${line} names ${number}, but not in a list at its front ("RV-01: …").`,
    ),
  ]
}

/** `test`, `describe`, `test.each(rows)`, `test.concurrent.each(rows)`: whatever begins with one of the names. */
function isTestFunction(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return ['test', 'it', 'describe'].includes(callee.text)
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) {
    return isTestFunction(callee.expression)
  }
  return false
}

function isSkipped(callee: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(callee)) {
    return ['skip', 'todo'].includes(callee.name.text) || isSkipped(callee.expression)
  }
  return ts.isCallExpression(callee) && isSkipped(callee.expression)
}

function textOf(argument: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(argument)) return argument.text
  if (!ts.isTemplateExpression(argument)) return undefined
  const { head, templateSpans } = argument
  return [head.text, ...templateSpans.map(({ literal }) => literal.text)].join('…')
}
