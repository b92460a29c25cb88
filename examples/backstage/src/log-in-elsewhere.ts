/**
 * A login token of a login system that the vault trusts: Auth.js, Clerk, Auth0, your own. Here, the
 * emulator stands for it.
 */
export async function logInElsewhere(userTokenEndpoint: string, user: string): Promise<string> {
  const response = await fetch(userTokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  })
  const { token } = (await response.json()) as { token: string }
  return token
}
