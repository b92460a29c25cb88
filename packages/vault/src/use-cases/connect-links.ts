import type { ConnectLink } from '../domain/connect-link.ts'
import { readJsonRecord } from '../domain/json-record.ts'
import { connectLinkUri } from '../domain/vault-urls.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import { createSealedText } from './sealed-text.ts'

/** Links as they travel: everything that they say is sealed, so that a link tells nothing and nobody can make one. */
export interface ConnectLinks {
  /** `undefined` for a link that says so much that browsers or proxies might cut it. */
  readonly write: (link: ConnectLink) => Promise<string | undefined>
  /** `undefined` for one that is not ours or has expired. */
  readonly read: (text: string) => Promise<ConnectLink | undefined>
}

/** What the vault accepts as a link at all. */
export const CONNECT_LINK = /^[\w-]{100,4000}$/

export function createConnectLinks({
  tenant,
  issuer,
  sealer,
  runtime,
}: {
  readonly tenant: string
  readonly issuer: string
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
}): ConnectLinks {
  const sealedText = createSealedText({ sealer })
  const context: SealContext = {
    tenant,
    owner: 'connect',
    record: issuer,
    column: 'link',
    generation: 0,
    bindings: [],
  }
  return {
    async write({ identity, actor, ...link }) {
      const plain = {
        ...link,
        issuer: identity.issuer,
        subject: identity.subject,
        ...(actor !== undefined && { actorIssuer: actor.issuer, actor: actor.subject }),
      }
      const text = await sealedText.seal(JSON.stringify(plain), context)
      return CONNECT_LINK.test(text) ? connectLinkUri(issuer, text) : undefined
    },

    async read(text) {
      if (!CONNECT_LINK.test(text)) return undefined
      const plain = await sealedText.open(text, context)
      if (plain === undefined) return undefined
      const stored = readJsonRecord(plain)
      const expiresAt = stored.number('expiresAt')
      if (expiresAt <= runtime.now()) return undefined
      const actor = stored.optionalText('actor')
      return {
        identity: { issuer: stored.text('issuer'), subject: stored.text('subject') },
        clientId: stored.text('clientId'),
        connection: stored.text('connection'),
        scopes: stored.texts('scopes'),
        ...(actor !== undefined && {
          actor: { issuer: stored.text('actorIssuer'), subject: actor },
        }),
        accountId: stored.optionalText('accountId'),
        expiresAt,
      }
    },
  }
}
