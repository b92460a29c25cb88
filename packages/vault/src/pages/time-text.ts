const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** A moment for people: `28 Nov 2026, 12:43 UTC`. The page cannot know where they are. */
export function timeText(at: number): string {
  return `${FORMAT.format(at * 1_000)} UTC`
}
