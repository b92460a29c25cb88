import type { AuthorizationServer, Session } from '../ports/authorization-server.ts'
import type { UserStore } from '../ports/user-store.ts'

export interface FindSignedInDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly authorizationServer: Pick<AuthorizationServer, 'findSession'>
  readonly users: UserStore
}

/** Who is logged in in this browser, if that user is still there. */
export async function findSignedIn(
  { tenant, issuer, authorizationServer, users }: FindSignedInDependencies,
  /** The `Cookie` header. Attacker-controlled. */
  cookies: string | undefined,
): Promise<Session | undefined> {
  const session = await authorizationServer.findSession({ cookies })
  if (session === undefined) return undefined
  const identity = { issuer, subject: session.userId }
  return (await users.findByIdentity({ tenant, identity })) === undefined ? undefined : session
}

/** How long after a login somebody counts as just having proven who they are. */
const FRESH_SECONDS = 300

/** Whether the login was a moment ago: ways to log in are added and removed by nobody else. */
export function isFresh({ authenticatedAt }: Session, now: number): boolean {
  return now - authenticatedAt <= FRESH_SECONDS
}
