import type { VaultConfig } from '@valetkey/vault'

const monitorKey = { kty: 'OKP', crv: 'Ed25519', kid: '2026-11', x: '…' }

// #region admin
export const admin: VaultConfig['admin'] = {
  clients: [
    { id: 'ops', secret: 'env:OPS_SECRET', scopes: ['vault:read', 'vault:write'] },
    { id: 'monitor', jwks: { keys: [monitorKey] }, scopes: ['vault:read'] },
  ],
  port: 8790, // a listener of its own
}
// #endregion
