import type { Account } from '../../src/domain/account.ts'
import type { AttemptStore } from '../../src/ports/attempt-store.ts'

/** Puts an account where a completed connect flow would put it. */
export async function insertAccount(
  { attempts }: { readonly attempts: AttemptStore },
  account: Account,
): Promise<void> {
  const key = { tenant: account.tenant, id: `att_${account.id}` }
  const hash = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
  await attempts.insert({
    ...key,
    state: 'started',
    mode: 'ticket',
    identity: { issuer: 'https://login.example.com/', subject: account.userId },
    userId: account.userId,
    clientId: 'my-agent',
    connection: account.connection,
    scopes: account.scopes,
    scopesMode: 'accumulate',
    redirectUri: 'https://app.example.com/',
    authorizationParams: {},
    ticketHash: hash(),
    authSessionHash: hash(),
    expiresAt: account.createdAt + 600,
    createdAt: account.createdAt,
  })
  await attempts.redirect({
    ...key,
    providerStateHash: hash(),
    browserHash: hash(),
    providerSecrets: hash(),
  })
  await attempts.takeReturn(key)
  await attempts.recordReturn({
    ...key,
    connectCodeHash: hash(),
    pending: hash(),
    expiresAt: account.createdAt + 600,
  })
  const isDone = await attempts.complete({ ...key, account, now: account.createdAt })
  if (!isDone) throw new Error('The account could not be inserted')
}
