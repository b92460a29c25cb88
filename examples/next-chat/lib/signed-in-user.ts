import { isFromOwnPage } from './own-page.ts'
import { valetKeyNext } from './valet-key-next.ts'

/** Who asks, or the answer to somebody who may not. */
export async function signedInUser(request: Request): Promise<{ readonly id: string } | Response> {
  if (!isFromOwnPage(request)) return Response.json({ code: 'not_own_page' }, { status: 403 })
  const session = await valetKeyNext.getSession()
  return session === undefined
    ? Response.json({ code: 'login_required' }, { status: 401 })
    : { id: session.user.id }
}
