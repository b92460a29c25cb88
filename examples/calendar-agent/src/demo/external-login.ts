import type { Session } from '../lib/auth.ts'

/** Stands for a login system that the vault trusts: Auth.js, Clerk, Auth0, your own. Here, the emulator's. */
export async function logInElsewhere(userTokenEndpoint: string, user: string): Promise<Session> {
  const response = await fetch(userTokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  })
  const { token } = (await response.json()) as { token: string }
  return { user, accessToken: token }
}
