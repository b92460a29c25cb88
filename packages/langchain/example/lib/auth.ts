/** Stands for your login system. */
export const auth = {
  /** The user of a request. */
  userOf: async (_request: Request): Promise<{ readonly id: string } | undefined> => undefined,
  /** The login token of a user who is logged in. */
  accessTokenOf: async (_user: string | undefined): Promise<string | undefined> => undefined,
}
