const hasColor = process.stdout.isTTY && !process.env['NO_COLOR']

/** Text with an ANSI style, where the terminal shows them. */
function styled(code: number, text: string): string {
  return hasColor ? `\u001b[${code}m${text}\u001b[0m` : text
}

export const bold = (text: string): string => styled(1, text)
export const dim = (text: string): string => styled(2, text)
export const green = (text: string): string => styled(32, text)
export const red = (text: string): string => styled(31, text)

/** Prints `label  text` below the title of a step. */
export function say(label: string, text: string): void {
  console.log(`   ${dim(label.padEnd(9))}${text}`)
}
