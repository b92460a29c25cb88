import type { TestUser, TestVault } from '@valetkey-internal/testing'
import { createValetKey, type ValetKey } from '@valetkey/vercel-ai'

/** The Valet Key of an app in which one user is logged in. */
export interface CountingValetKey {
  readonly valetKey: ValetKey
  /** How many requests reached the vault. */
  readonly requests: () => number
  /** How many of them sent something: exchanges. */
  readonly exchanges: () => number
}

/** For one user of the vault. */
export async function countingValetKey(
  vault: TestVault,
  user: TestUser,
): Promise<CountingValetKey> {
  let requests = 0
  let exchanges = 0
  const valetKey = createValetKey({
    issuer: vault.issuer,
    clientId: vault.client.id,
    clientSecret: vault.client.secret,
    accessToken: await user.accessToken(),
    fetch: async (input, init) => {
      requests += 1
      if (init?.method === 'POST') exchanges += 1
      return await fetch(input, init)
    },
  })
  return { valetKey, requests: () => requests, exchanges: () => exchanges }
}
