// #region world
import { startEmulator } from '@valetkey/emulator'
import { startVault } from '@valetkey/vault'

const emulator = await startEmulator({ loginToken: { audience: 'my-vault' } })
const login = emulator.trustedIssuer()
const { clientId, clientSecret } = emulator.client('google')

const vault = await startVault({
  storage: { sqlite: './test.db' },
  keys: { local: crypto.getRandomValues(new Uint8Array(32)) },
  connections: [
    { name: 'google-oauth2', provider: emulator.provider('google'), clientId, clientSecret },
  ],
  trustedIssuers: [login],
  clients: [
    {
      id: 'my-agent',
      secret: 'a secret of at least thirty-two characters',
      redirectUris: ['http://127.0.0.1/connect/callback'],
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
      subjects: [login.issuer],
    },
  ],
  development: { dangerouslyAllowLoopbackHttp: true },
})

console.log(vault.issuer) // your app's VALETKEY_ISSUER
console.log(await emulator.issueLoginToken('alice')) // what your app's login would hand it
// #endregion

await vault.close()
await emulator.close()
