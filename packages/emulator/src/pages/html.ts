/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A scope or an address, escaped, that may wrap after the marks that divide it. */
export function wrappableHtml(text: string): string {
  return text
    .split(/(?<=[/.:_-])/)
    .map(escapeHtml)
    .join('<wbr>')
}
