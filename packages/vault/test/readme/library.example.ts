// #region library
import { createVault } from '@valetkey/vault'

import config from './valetkey.config.ts'

const vault = await createVault(config, { environment: process.env })

// In any server that speaks web standards:
export const handle = (request: Request): Promise<Response> => vault.fetch(request)
// #endregion
