// #region https
import { openLoopbackCertificate, startVault } from '@valetkey/vault'

const { tls, authority } = await openLoopbackCertificate('./.valetkey/tls')

const vault = await startVault(
  { storage: { sqlite: './test.db' }, keys: { local: 'file:./data/vault.key' } },
  { tls },
)

console.log(vault.issuer) // https://localhost:PORT/
console.log(authority.file) // NODE_EXTRA_CA_CERTS of whoever calls it
// #endregion

await vault.close()
