import { createValetKey } from '@valetkey/next'

/** Login, session and connected accounts of this app; the vault is in the environment. */
export const valetKeyNext = createValetKey()
