import { startProcess } from './processes.ts'

/** `valetkey dev` and the emulator, each a process of its own. */
export interface DevVault {
  readonly issuer: string
  /** Of the emulator, without a slash at the end. */
  readonly emulatorUrl: string
  /** `POST {"user":"demo"}` answers a login token of the emulator's login system. */
  readonly userTokenEndpoint: string
  /** What `valetkey dev` prints for an app's `.env`: the vault, and where providers' APIs are emulated. */
  readonly environment: Readonly<Record<string, string>>
}

/** Starts both on free ports, with an empty vault in `folder`. Providers show a page and wait for a person. */
export async function startDev(folder: string): Promise<DevVault> {
  const { url: emulatorUrl } = (await startProcess({
    package: '@valetkey/emulator',
    parameters: ['--port', '0', '--consent', 'page', '--json'],
  })) as { url: string }
  const { issuer, clientId, clientSecret, userTokenEndpoint, apiUrls } = (await startProcess({
    package: '@valetkey/vault',
    parameters: ['dev', '--port', '0', '--data', folder, '--emulator', emulatorUrl, '--json'],
  })) as Omit<DevVault, 'emulatorUrl' | 'environment'> & {
    clientId: string
    clientSecret: string
    apiUrls: Record<string, string>
  }
  const apis = Object.entries(apiUrls).map(([provider, url]) => [
    `${provider.toUpperCase().replaceAll('-', '_')}_API_URL`,
    url,
  ])
  return {
    issuer,
    emulatorUrl,
    userTokenEndpoint,
    environment: {
      VALETKEY_ISSUER: issuer,
      VALETKEY_CLIENT_ID: clientId,
      VALETKEY_CLIENT_SECRET: clientSecret,
      ...Object.fromEntries(apis),
    },
  }
}
