import { connectEmulator } from '@valetkey/emulator'

// #region start
import { startEmulator } from '@valetkey/emulator'

const emulator = await startEmulator()

emulator.provider('google') // the catalog's definition, its URLs moved to the emulator
emulator.client('google') // { clientId, clientSecret }; any loopback redirect URI

emulator.configure('google', { rotation: { rotation: 'strict' }, accessTokenLifetimeSeconds: 60 })
emulator.advance(61) // virtual time: the access token has expired
emulator.faults.add('google', { at: 'refresh', fault: { kind: 'server_error', when: 'after' } })
emulator.revokeGrant({ provider: 'google', user: 'demo' }) // the user ends it at the provider

emulator.log.refreshes({ provider: 'google' }) // each refresh: the token presented, what came of it
await emulator.close()
// #endregion

/** Signs in at the emulator. */
export async function login(): Promise<string> {
  // #region login
  const emulator = await startEmulator()
  const token = await emulator.issueLoginToken('alice', { audience: 'https://vault.example.com/' })
  emulator.trustedIssuer() // { issuer, audience, jwksUri, algorithms }
  // #endregion
  return token
}

/** Drives the emulator of another process. */
export async function drive(): Promise<void> {
  // #region remote
  const emulator = connectEmulator('http://127.0.0.1:8788')
  await emulator.advance(3600)
  await emulator.log.refreshes({ provider: 'google' })
  // #endregion
}
