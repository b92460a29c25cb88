import { valetKey } from '../../../lib/valet-key'

export async function GET(): Promise<Response> {
  const { account } = await valetKey.getAccessTokenForConnection({ connection: 'google-oauth2' })
  return Response.json({ account })
}
