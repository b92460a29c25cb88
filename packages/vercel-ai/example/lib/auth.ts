/** Your login system: Auth.js, Clerk, Auth0, your own. */
export const auth = {
  getSession: async (): Promise<{ readonly accessToken: string } | undefined> => undefined,
}
