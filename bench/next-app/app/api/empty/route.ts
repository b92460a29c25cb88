import { cookies } from 'next/headers'

/** What a route with a login does at least: it reads its cookies. */
export async function GET(): Promise<Response> {
  await cookies()
  return Response.json({ account: 'none' })
}
