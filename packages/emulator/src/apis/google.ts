import { randomId } from '../random-id.ts'
import { jsonReply, type Reply } from '../reply.ts'
import type { CalendarEvent } from '../state.ts'
import type { ApiCall, ApiRefusal, ApiRoute, ProviderApis } from './api.ts'
import { gmailRoutes } from './gmail.ts'
import { googleError } from './google-error.ts'
import { openIdUserinfo } from './userinfo.ts'

const CALENDAR = 'https://www.googleapis.com/auth/calendar'
const EVENTS_PATH = '/calendar/v3/calendars/primary/events'

/** https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const listEvents: ApiRoute = {
  method: 'GET',
  path: EVENTS_PATH,
  anyScope: [CALENDAR, `${CALENDAR}.readonly`, `${CALENDAR}.events`, `${CALENDAR}.events.readonly`],
  handle: (call) => {
    const { timeMin, timeMax, maxResults = '250' } = call.incoming.parameters
    const from = secondsOf(timeMin, Number.NEGATIVE_INFINITY)
    const to = secondsOf(timeMax, Number.POSITIVE_INFINITY)
    const limit = Number(maxResults)
    if (Number.isNaN(from) || Number.isNaN(to) || !Number.isInteger(limit) || limit < 1) {
      return googleError(400, 'INVALID_ARGUMENT', 'Bad Request')
    }
    const items = eventsOf(call)
      .filter((event) => event.endAt > from && event.startAt < to)
      .slice(0, limit)
      .map(toGoogleEvent)
    return jsonReply({
      kind: 'calendar#events',
      summary: call.account.email,
      timeZone: 'UTC',
      items,
    })
  },
}

/** https://developers.google.com/workspace/calendar/api/v3/reference/events/insert */
const insertEvent: ApiRoute = {
  method: 'POST',
  path: EVENTS_PATH,
  anyScope: [CALENDAR, `${CALENDAR}.events`],
  handle: (call) => {
    const { summary, start, end } = call.incoming.body
    const startAt = secondsOf(dateTimeOf(start), Number.NaN)
    const endAt = secondsOf(dateTimeOf(end), Number.NaN)
    if (typeof summary !== 'string' || !(startAt <= endAt)) {
      return googleError(400, 'INVALID_ARGUMENT', 'Missing or invalid summary, start or end')
    }
    const event: CalendarEvent = {
      id: randomId(call.emulation.runtime, 'evt'),
      summary,
      startAt,
      endAt,
    }
    eventsOf(call).push(event)
    return jsonReply(toGoogleEvent(event))
  },
}

/** Google Calendar, Gmail and UserInfo, as far as an agent's first steps need them. */
export const googleApis: ProviderApis = {
  routes: [listEvents, insertEvent, ...gmailRoutes, openIdUserinfo('/v1/userinfo')],
  refuse: refuseAsGoogle,
}

function refuseAsGoogle(refusal: ApiRefusal): Reply {
  switch (refusal.reason) {
    case 'missing':
    case 'unknown':
    case 'expired':
    case 'revoked':
      return googleError(
        401,
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials.',
        {
          'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
        },
      )
    case 'scope_missing':
      return googleError(
        403,
        'PERMISSION_DENIED',
        'Request had insufficient authentication scopes.',
        {
          'www-authenticate': `Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="${refusal.needed.join(' ')}"`,
        },
      )
    case 'malformed':
      return googleError(refusal.status, 'INVALID_ARGUMENT', refusal.problem)
  }
}

/** Every user begins with three events on the day on which the calendar is first looked at. */
function eventsOf({ emulation, user, now }: ApiCall): CalendarEvent[] {
  const known = emulation.state.events.get(user.id)
  if (known !== undefined) return known
  const midnight = now - (now % 86_400)
  const events = [
    { id: `evt-${user.id}-1`, summary: 'Stand-up', hour: 9 },
    { id: `evt-${user.id}-2`, summary: `Lunch with ${user.name}'s team`, hour: 12 },
    { id: `evt-${user.id}-3`, summary: 'Planning', hour: 15 },
  ].map(({ id, summary, hour }) => ({
    id,
    summary,
    startAt: midnight + hour * 3_600,
    endAt: midnight + hour * 3_600 + 1_800,
  }))
  emulation.state.events.set(user.id, events)
  return events
}

function toGoogleEvent({
  id,
  summary,
  startAt,
  endAt,
}: CalendarEvent): Readonly<Record<string, unknown>> {
  return {
    kind: 'calendar#event',
    id,
    status: 'confirmed',
    summary,
    start: { dateTime: toDateTime(startAt), timeZone: 'UTC' },
    end: { dateTime: toDateTime(endAt), timeZone: 'UTC' },
  }
}

function toDateTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString()
}

function dateTimeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('dateTime' in value)) return undefined
  return typeof value.dateTime === 'string' ? value.dateTime : undefined
}

/** Seconds of an RFC 3339 text; NaN when it is none or too far away to be one. */
function secondsOf(text: string | undefined, absent: number): number {
  return text === undefined ? absent : Date.parse(text) / 1_000
}
