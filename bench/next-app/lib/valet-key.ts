import { createValetKey } from '@valetkey/next'

export const valetKey = createValetKey()
