import type { ReactNode } from 'react'
import type { ToolPart } from '../lib/tools.ts'
import type { CalendarEvent } from '../lib/tools/calendar-event.ts'

/** What a tool found. */
export function ToolResult({
  part,
}: {
  readonly part: Extract<ToolPart, { readonly state: 'output-available' }>
}): ReactNode {
  switch (part.type) {
    case 'tool-calendarEvents':
      return <EventList events={part.output.events} />
    case 'tool-addEvent':
      return <EventList events={[part.output.added]} />
    case 'tool-slackMessages':
      return (
        <ul className="rows">
          {part.output.messages.map(({ id, text }) => (
            <li key={id}>{text}</li>
          ))}
        </ul>
      )
    case 'tool-myRepositories':
      return (
        <ul className="rows">
          {part.output.repositories.map(({ id, name, isPrivate }) => (
            <li key={id}>
              {name}
              {isPrivate && <span className="chip">private</span>}
            </li>
          ))}
        </ul>
      )
  }
}

function EventList({ events }: { readonly events: readonly CalendarEvent[] }): ReactNode {
  if (events.length === 0) return <p className="quiet">Nothing is planned.</p>
  return (
    <ul className="rows">
      {events.map(({ id, title, startsAt, endsAt }) => (
        <li key={id}>
          <span className="time">
            <time dateTime={startsAt}>{hourOf(startsAt)}</time> –{' '}
            <time dateTime={endsAt}>{hourOf(endsAt)}</time>
          </span>
          {title}
        </li>
      ))}
    </ul>
  )
}

/** `09:00` of an RFC 3339 time, as the calendar has it: the same on the server and in any browser. */
function hourOf(time: string): string {
  return time.slice(11, 16)
}
