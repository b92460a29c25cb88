import { AccessTokenError } from '@valetkey/next'
import { NextResponse } from 'next/server'
import { askProvider } from '../../lib/ask-provider'
import { valetKey } from '../../lib/valet-key'

export async function GET(request: Request): Promise<Response> {
  const session = await valetKey.getSession()
  const connection = new URL(request.url).searchParams.get('connection') ?? 'google-oauth2'
  try {
    const { token } = await valetKey.getAccessTokenForConnection({ connection })
    return NextResponse.json({ user: session?.user, says: await askProvider(token) })
  } catch (error) {
    if (!(error instanceof AccessTokenError)) throw error
    return NextResponse.json({ reason: error.code, interrupt: error.interrupt }, { status: 401 })
  }
}
