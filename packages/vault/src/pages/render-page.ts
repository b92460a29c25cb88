/** A whole document from its element. Whatever the element holds as text or attribute has been escaped. */
export function renderPage(element: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${String(element)}`
}
