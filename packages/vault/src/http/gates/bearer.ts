import type { AuthorizeMyAccount, MyAccountCaller } from '../../use-cases/authorize-my-account.ts'
import { missingTokenProblem, refusalProblem } from '../problem.ts'

/** Who calls, or the answer that refuses them. */
export type BearerGate = (request: Request, scope: string) => Promise<MyAccountCaller | Response>

/** RFC 6750 section 2.1 (b64token). Longer ones are not of ours. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]{1,8192}=*)$/i

/** Lets a user's client in by an access token of the vault's own for this API, in the header only (RFC 6750). */
export function bearerGate(authorize: AuthorizeMyAccount): BearerGate {
  return async (request, scope) => {
    const authorization = request.headers.get('authorization')
    if (authorization === null || !/^bearer(?: |$)/i.test(authorization)) {
      return missingTokenProblem()
    }
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined) return refusalProblem({ reason: 'invalid_token' })

    const caller = await authorize({ token, scope })
    return caller.ok ? caller.value : refusalProblem(caller.refusal)
  }
}
