import type { Connection } from '../domain/connection.ts'
import { failed, passed, type Verdict } from '../domain/diagnosis.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { DeploymentProbe } from '../ports/deployment-probe.ts'
import type { ProviderClient } from '../ports/provider-client.ts'

export interface DiagnoseConnectionDependencies {
  readonly issuer: string
  readonly providerClient: Pick<ProviderClient, 'waitSeconds'>
  readonly probe: DeploymentProbe
}

/** Whether there is such a connection, and whether its provider would renew a token now. */
export async function diagnoseConnection(
  dependencies: DiagnoseConnectionDependencies,
  connection: Connection | undefined,
): Promise<readonly Verdict[]> {
  if (connection === undefined) {
    return [
      failed(
        'connection',
        'There is no connection with this name.',
        'Register it (`valetkey connections add`), or give the name that it has.',
      ),
    ]
  }
  return [
    passed('connection', `It leads to ${connection.providerId}.`),
    checkBreaker(connection, dependencies.providerClient.waitSeconds(connection)),
    await checkProvider(dependencies, connection),
  ]
}

function checkBreaker(connection: Connection, waitSeconds: number): Verdict {
  return waitSeconds === 0
    ? passed('breaker', 'Refreshes are let through.')
    : failed(
        'breaker',
        `${JSON.stringify(connection.displayName)} refused the vault's client for several accounts; refreshes wait ${Math.ceil(waitSeconds)} s.`,
        'Compare client id and secret of the connection with the provider, and put the right ones in.',
      )
}

/** The worst of what asking the provider brings. */
async function checkProvider(
  { issuer, probe }: DiagnoseConnectionDependencies,
  connection: Connection,
): Promise<Verdict> {
  const found = await probe.connection(connection, callbackUri(issuer, connection.name))
  const worst =
    found.find(({ outcome }) => outcome === 'failed') ??
    found.find(({ outcome }) => outcome === 'warning')
  return worst === undefined
    ? passed('provider', 'It answers, and knows the vault.')
    : { ...worst, check: 'provider' }
}
