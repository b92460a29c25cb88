// #region valet-key
import { createValetKey } from '@valetkey/next'

export const valetKey = createValetKey() // the vault and the app from the environment
// #endregion
