import * as z from 'zod'

/** https://developers.google.com/workspace/calendar/api/v3/reference/events */
export const GoogleEvent = z.object({
  id: z.string(),
  summary: z.string().default('(no title)'),
  start: z.object({ dateTime: z.string() }),
  end: z.object({ dateTime: z.string() }),
})

/** An event as the model and the page see it. */
export interface CalendarEvent {
  readonly id: string
  readonly title: string
  /** RFC 3339. */
  readonly startsAt: string
  /** RFC 3339. */
  readonly endsAt: string
}

export function toCalendarEvent({
  id,
  summary,
  start,
  end,
}: z.output<typeof GoogleEvent>): CalendarEvent {
  return { id, title: summary, startsAt: start.dateTime, endsAt: end.dateTime }
}
