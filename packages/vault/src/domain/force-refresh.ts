import { ACCOUNT_ID } from './account.ts'

/** The token of this generation was refused by the provider: give a newer one (R17). */
export interface ForceRefresh {
  readonly accountId: string
  readonly generation: number
}

/** Reads `cac_…:N`; `undefined` for everything else. */
export function parseForceRefresh(text: string): ForceRefresh | undefined {
  const [accountId = '', generation = '', ...rest] = text.split(':')
  if (rest.length > 0 || !ACCOUNT_ID.test(accountId)) return undefined
  if (!/^(?:0|[1-9]\d{0,14})$/.test(generation)) return undefined
  return { accountId, generation: Number(generation) }
}
