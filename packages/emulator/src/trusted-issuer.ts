import { providerOf, type Emulation } from './emulation.ts'
import { IDENTITY_PROVIDER_ID } from './users.ts'

/** The emulator's login system, in the words of a vault's configuration. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly algorithms: readonly string[]
}

/** What a vault has to know to take the emulator's login tokens as subjects. */
export function trustedIssuer(emulation: Emulation): TrustedIssuer {
  const { issuer, jwksUri } = providerOf(emulation, IDENTITY_PROVIDER_ID).served()
  if (issuer === undefined || jwksUri === undefined) {
    throw new Error('The login system of the emulator has no issuer')
  }
  return {
    issuer,
    audience: emulation.loginToken.audience,
    jwksUri,
    algorithms: ['ES256', 'RS256'],
  }
}
