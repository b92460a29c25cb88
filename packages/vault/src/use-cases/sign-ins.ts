import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import { base64url } from '../domain/base64url.ts'
import { signedInUri } from '../domain/vault-urls.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import { createSealedText } from './sealed-text.ts'

/** How the vault's own pages get somebody logged in: as any app does, by an authorization request. */
export interface SignIns {
  /** Where the browser goes to log in; afterwards it is at `path` again. */
  readonly begin: (request: {
    /** One of the vault's own pages. */
    readonly path: string
    /** `again` asks for a login even of who is logged in. Default: only of who is not. */
    readonly login?: 'again' | undefined
  }) => Promise<string>
  /** The page that the login was for. `undefined` for a `state` that is not ours. */
  readonly end: (state: string) => Promise<string | undefined>
}

/** The only places a login for the vault's own pages leads to: no state makes an open redirect of it (RV-64). */
const OWN_PAGE =
  /^\/(?:account|connect\/link|connect\/done)(?:\/[\w-]+)*(?:\?account=cac_[A-Za-z0-9]{1,64})?$/

/** More than the longest page's address, sealed. */
const MAX_STATE_LENGTH = 8_000

export function createSignIns({
  tenant,
  issuer,
  sealer,
  runtime,
}: {
  readonly tenant: string
  readonly issuer: string
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'randomBytes'>
}): SignIns {
  const sealedText = createSealedText({ sealer })
  const context: SealContext = {
    tenant,
    owner: 'sign-in',
    record: issuer,
    column: 'state',
    generation: 0,
    bindings: [],
  }
  return {
    async begin({ path, login }) {
      if (!OWN_PAGE.test(path)) throw new TypeError('A login is asked for by a page of the vault')
      const parameters = {
        client_id: ACCOUNT_CLIENT_ID,
        redirect_uri: signedInUri(issuer),
        response_type: 'code',
        scope: 'openid',
        // Nobody knows the verifier: the session is what the login is for, and its code is never redeemed.
        code_challenge: base64url(runtime.randomBytes(32)),
        code_challenge_method: 'S256',
        state: await sealedText.seal(path, context),
        ...(login === 'again' && { prompt: 'login' }),
      }
      return `/authorize?${new URLSearchParams(parameters).toString()}`
    },

    async end(state) {
      if (state.length > MAX_STATE_LENGTH) return undefined
      const path = await sealedText.open(state, context)
      return path !== undefined && OWN_PAGE.test(path) ? path : undefined
    },
  }
}
