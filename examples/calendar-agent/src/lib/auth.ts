import { options } from '../options.ts'

/** What the app keeps of a logged-in user. */
export interface Session {
  readonly user: string
  /** Of a login at the vault. Stays on the server: it is a login for as long as nobody ends it. */
  readonly refreshToken?: string
  /** Of a login anywhere else. */
  readonly accessToken?: string
}

let session: Session | undefined

/** The session of the one user that this example has; in your app, of a request. */
export const auth = {
  getSession: async (): Promise<Session | undefined> => session,
  setSession: (next: Session): void => {
    session = next
  },
}

const refreshToken = async (): Promise<string | undefined> => session?.refreshToken
const accessToken = async (): Promise<string | undefined> => session?.accessToken

/** The token that says to the vault on whose behalf. An app has one way to log in, and one of the two. */
export const onBehalf = options.issuer === 'vault' ? { refreshToken } : { accessToken }
