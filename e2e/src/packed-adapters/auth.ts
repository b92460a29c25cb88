/** A login of five lines, in place of the example's. */
export const auth = {
  userOf: async (): Promise<undefined> => undefined,
  accessTokenOf: async (user: string | undefined): Promise<string | undefined> =>
    user === undefined ? undefined : process.env['USER_TOKEN'],
}
