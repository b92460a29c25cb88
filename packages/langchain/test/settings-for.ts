import type { TestUser, TestVault } from '@valetkey-internal/testing'
import type { ValetKeyOptions } from '@valetkey/langchain'

/** Options of an app of the test vault, in which this user is logged in. */
export async function settingsFor(
  vault: TestVault,
  user: TestUser,
): Promise<
  Pick<ValetKeyOptions, 'issuer' | 'clientId' | 'clientSecret'> & { accessToken: string }
> {
  return {
    issuer: vault.issuer,
    clientId: vault.client.id,
    clientSecret: vault.client.secret,
    accessToken: await user.accessToken(),
  }
}
