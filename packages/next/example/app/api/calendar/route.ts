// #region handler
import { AccessTokenError } from '@valetkey/next'
import { NextResponse } from 'next/server'
import { listEvents } from '../../../lib/list-events'
import { valetKey } from '../../../lib/valet-key'

const calendar = 'https://www.googleapis.com/auth/calendar.events'

export async function GET(): Promise<NextResponse> {
  try {
    const { token } = await valetKey.getAccessTokenForConnection({
      connection: 'google-oauth2',
      scopes: [calendar],
    })
    return NextResponse.json(await listEvents(token))
  } catch (error) {
    if (error instanceof AccessTokenError) {
      const { code, interrupt } = error
      return NextResponse.json({ reason: code, interrupt }, { status: interrupt ? 401 : 503 })
    }
    throw error
  }
}
// #endregion
