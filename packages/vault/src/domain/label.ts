const MAX_LENGTH = 200

/** Controls, line separators, and the marks that turn the direction of text around: a label must not pretend. */
const MISLEADING = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Text for people as a provider gave it, made safe to show: one line, without what hides or reorders, 200 at most. */
export function cleanLabel(text: string, otherwise: string): string {
  const visible = text.normalize('NFC').replaceAll(MISLEADING, '').trim()
  const label = Array.from(visible).slice(0, MAX_LENGTH).join('').trim()
  return label === '' ? otherwise : label
}

/** Whether a person may give an account this label: nothing in it would have to be cleaned away. */
export function isCleanLabel(text: string): boolean {
  return text !== '' && cleanLabel(text, '') === text
}
