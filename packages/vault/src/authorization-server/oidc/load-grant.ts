import type { Grant, KoaContextWithOIDC } from 'oidc-provider'

import type { Client } from '../../domain/client.ts'

/**
 * The grant of a session and client. For clients of one's own it covers whatever they may ask for, without a question
 * (R8); what they may ask for is cut down to their policy before it gets here.
 */
export async function loadGrant(
  ctx: KoaContextWithOIDC,
  clientOf: (clientId: string) => Promise<Client>,
): Promise<Grant | undefined> {
  const { provider, client, session, result, account } = ctx.oidc
  if (client === undefined || account === undefined) return undefined
  const { clientId } = client
  const grantId = result?.consent?.grantId ?? session?.grantIdFor(clientId)
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const { accountId } = account
  const isCurrent = known?.accountId === accountId
  if ((await clientOf(clientId)).consent === 'ask') return isCurrent ? known : undefined

  const grant =
    known !== undefined && isCurrent ? known : new provider.Grant({ accountId, clientId })
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '))
  for (const [identifier, { scopes }] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const asked = [...ctx.oidc.requestParamScopes].filter((scope) => scopes.has(scope))
    if (asked.length > 0) grant.addResourceScope(identifier, asked.join(' '))
  }
  await grant.save()
  return grant
}
