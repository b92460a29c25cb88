// #region component
import type { ReactNode } from 'react'
import { listEvents } from '../../lib/list-events'
import { valetKey } from '../../lib/valet-key'

interface Props {
  readonly searchParams: Promise<{ readonly valetkey_error?: string }>
}

export default async function Calendar({ searchParams }: Props): Promise<ReactNode> {
  const { valetkey_error: failure } = await searchParams
  if (failure === 'access_denied') return <p>Without your calendar there is nothing to show.</p>
  const { token } = await valetKey.requireAccount({
    connection: 'google-oauth2',
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
    returnTo: '/calendar',
  })
  const events = await listEvents(token)
  return (
    <ul>
      {events.map((event, index) => (
        <li key={index}>{event}</li>
      ))}
    </ul>
  )
}
// #endregion
