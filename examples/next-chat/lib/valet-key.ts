import { createValetKey } from '@valetkey/vercel-ai'
import { valetKeyNext } from './valet-key-next.ts'

/** For tools: the same client and cache as the app's routes, on behalf of whoever's session it is. */
export const valetKey = createValetKey({
  client: valetKeyNext.client,
  subjectToken: valetKeyNext.subjectToken,
})

const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'

export const withCalendarReading = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: [`${CALENDAR}.readonly`],
})

/** One scope more than reading: the user is asked for it when it is first needed. */
export const withCalendarWriting = valetKey.withTokenForConnection({
  connection: 'google-oauth2',
  scopes: [CALENDAR],
})

export const withSlack = valetKey.withTokenForConnection({
  connection: 'slack',
  scopes: ['channels:history'],
})

export const withGithub = valetKey.withTokenForConnection({
  connection: 'github',
  scopes: ['public_repo'],
})
