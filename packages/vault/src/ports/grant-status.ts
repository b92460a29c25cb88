/** Whether logins still last: a token that came from one ends with it, wherever the vault sees the token. */
export interface GrantStatus {
  isAlive(query: { readonly tenant: string; readonly grantId: string }): Promise<boolean>
}
