/** An account as the app's `accounts` route gives it. */
export interface AccountEntry {
  /** `cac_…` */
  readonly id: string
  readonly connection: string
  /** The name the provider gives the account. Written by the provider. */
  readonly label: string | undefined
  readonly scopes: readonly string[]
  /** `active`, `reauth_required`, …; `undefined` where the vault does not say. */
  readonly state: string | undefined
}

/** The accounts in the answer of the app's `accounts` route, or `undefined` for another answer. */
export function parseAccountList(value: unknown): readonly AccountEntry[] | undefined {
  const accounts = member(value, 'accounts')
  if (!Array.isArray(accounts)) return undefined
  const entries = accounts.map(parseAccount)
  return entries.every((entry) => entry !== undefined) ? entries : undefined
}

/** The code in the answer of a route that failed, if it says one. */
export function errorCodeIn(value: unknown): string | undefined {
  return text(member(value, 'error'))
}

function parseAccount(value: unknown): AccountEntry | undefined {
  const id = text(member(value, 'id'))
  const connection = text(member(value, 'connection'))
  const scopes = member(value, 'scopes')
  if (id === undefined || connection === undefined) return undefined
  return {
    id,
    connection,
    label: text(member(value, 'label')),
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [],
    state: text(member(value, 'state')),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
