/** What a login system keeps of a logged-in user. */
export interface Session {
  readonly user: string
  /** Says to the vault on whose behalf the agent acts. */
  readonly accessToken: string
}

let session: Session | undefined

/** Stands for your login system; here, the emulator's. In your app: Auth.js, Clerk, Auth0, your own. */
export const auth = {
  getSession: async (): Promise<Session | undefined> => session,

  login: async (userTokenEndpoint: string, user: string): Promise<Session> => {
    const response = await fetch(userTokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user }),
    })
    const { token } = (await response.json()) as { token: string }
    session = { user, accessToken: token }
    return session
  },
}
