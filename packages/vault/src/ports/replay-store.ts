/** One store for every `jti` (RV-96). Throws when it cannot write: callers fail closed. */
export interface ReplayStore {
  /** True the first time within the `jti`'s life, false on every replay. `scope` names who issued it, e.g. `client:my-agent`. */
  remember(use: {
    readonly tenant: string
    readonly scope: string
    readonly jti: string
    readonly expiresAt: number
    readonly now: number
  }): Promise<boolean>
}
