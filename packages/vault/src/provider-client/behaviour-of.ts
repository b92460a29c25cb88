import type { ProviderDefinition, RefreshTokenRotation } from '@valetkey/providers'

import type { ProviderBehaviour, RotationMode } from '../domain/connection.ts'

/** What the domain has to know of a provider to decide, read off its definition. */
export function behaviourOf(definition: ProviderDefinition): ProviderBehaviour {
  const { refreshToken } = definition
  const isIssued = refreshToken.issued !== 'never'
  return {
    rotation: isIssued ? ROTATIONS[refreshToken.rotation] : 'strict',
    graceSeconds:
      isIssued && refreshToken.rotation === 'grace' ? refreshToken.graceSeconds : undefined,
    revocation: definition.revocation?.scope ?? 'unsupported',
    refreshKillsAccessToken: isIssued && refreshToken.refreshKillsAccessToken === true,
  }
}

const ROTATIONS: Readonly<Record<RefreshTokenRotation['rotation'], RotationMode>> = {
  stable: 'stable',
  same_token: 'overlapping',
  overlapping: 'overlapping',
  grace: 'grace',
  strict: 'strict',
  single_use: 'strict',
  // One repetition would be safe and a second would not: only `strict` keeps count.
  last_two: 'strict',
}
