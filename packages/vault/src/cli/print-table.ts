/** Rows for people: columns as wide as what they hold. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const shown = rows.map((row) => row.map(plain))
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...shown.map((row) => row[index]?.length ?? 0)),
  )
  for (const row of [headings, ...shown]) {
    const line = row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')
    process.stdout.write(`${line.trimEnd()}\n`)
  }
}

/** One line for programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Labels and names are other people's text: nothing in them may steer a terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
}
