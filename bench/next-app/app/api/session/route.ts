import { valetKey } from '../../../lib/valet-key'

export async function GET(): Promise<Response> {
  const session = await valetKey.getSession()
  return Response.json({ account: session?.user.id })
}
