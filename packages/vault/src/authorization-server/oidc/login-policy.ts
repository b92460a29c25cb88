import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

import type { Client } from '../../domain/client.ts'

/**
 * When a person is asked. A login is asked for as the specification has it; consent only for clients whose users decide
 * (R8), also where `prompt=consent` came along: that is how apps ask for a refresh token (OpenID Connect Core section 11).
 */
export function loginPolicy(
  clientOf: (clientId: string) => Promise<Client>,
): interactionPolicy.DefaultPolicy {
  const { base, Check, Prompt } = interactionPolicy
  const policy = base()
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 1)

  const consent = policy.get('consent')
  if (consent === undefined) throw new Error('oidc-provider has no consent prompt')
  consent.checks.remove('native_client_prompt')
  consent.checks.remove('consent_prompt')
  consent.checks.add(
    new Check('consent_prompt', 'consent prompt was requested', async (ctx) =>
      ctx.oidc.promptPending('consent') && (await isAsked(ctx, clientOf))
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT,
    ),
  )
  return policy
}

async function isAsked(
  ctx: KoaContextWithOIDC,
  clientOf: (clientId: string) => Promise<Client>,
): Promise<boolean> {
  const { client } = ctx.oidc
  return client !== undefined && (await clientOf(client.clientId)).consent === 'ask'
}
