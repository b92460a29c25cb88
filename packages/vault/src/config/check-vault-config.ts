import { findProvider, providers } from '@valetkey/providers'

import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import type { SettingsProblem } from '../domain/admin.ts'
import { CONFIDENTIAL_GRANTS } from '../domain/client.ts'
import { isLoopbackHost } from '../domain/loopback-host.ts'
import { checkLoginIssuer, checkSigningIssuer } from './check-identities.ts'
import { checkOutboundUrl, checkUrl } from './check-url.ts'
import type { ConfigProblem } from './config-error.ts'
import { formatPath } from './config-error.ts'
import { suggest } from './suggest.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

type Path = readonly PropertyKey[]
type ConfiguredClient = ParsedVaultConfig['clients'][number]
type Report = (path: readonly PropertyKey[], message: string) => void

/** What no single field can show: names that point nowhere, duplicates, addresses that are not safe here. */
export function checkVaultConfig(config: ParsedVaultConfig): readonly ConfigProblem[] {
  return findProblems(config).map(({ path, message }) => ({ path: formatPath(path), message }))
}

/** As {@link checkVaultConfig}, with paths that programs can read. */
export function findProblems(config: ParsedVaultConfig): readonly SettingsProblem[] {
  const problems: SettingsProblem[] = []
  const report: Report = (path, message) => problems.push({ path, message })
  checkIssuer(config, report)
  checkDevelopment(config, report)
  checkConnections(config, report)
  checkTrustedIssuers(config, report)
  checkClients(config, report)
  checkApis(config, report)
  checkLogin(config, report)
  checkAdmin(config, report)
  return problems
}

function checkIssuer({ issuer }: ParsedVaultConfig, report: Report): void {
  if (issuer === undefined) return
  const problem = checkUrl(issuer, { loopbackHttp: 'allowed' })
  if (problem !== undefined) return report(['issuer'], problem)
  const url = new URL(issuer)
  if (url.pathname !== '/' || url.search !== '') {
    return report(['issuer'], `must have no path and no query. Write "${url.origin}/"`)
  }
  if (issuer !== url.href) report(['issuer'], `must be written "${url.href}", with the slash`)
}

/** What is only safe where nobody but this machine asks. */
function checkDevelopment({ issuer, development }: ParsedVaultConfig, report: Report): void {
  const url = issuer === undefined ? null : URL.parse(issuer)
  if (!development.dangerouslyAllowLoopbackHttp || url === null) return
  if (isLoopbackHost(url.hostname)) return
  report(
    ['development', 'dangerouslyAllowLoopbackHttp'],
    'is for vaults whose issuer is on loopback. Remove it here: with it, this vault would call services of its own machine',
  )
}

function checkConnections(config: ParsedVaultConfig, report: Report): void {
  const loopbackHttp = loopbackHttpOf(config)
  const outbound = { loopbackHttp, ...config.outbound }
  config.connections.forEach((connection, index) => {
    const at = ['connections', index]
    if (config.connections.findIndex(({ name }) => name === connection.name) !== index) {
      report([...at, 'name'], `"${connection.name}" is used twice. Connection names are unique`)
    }
    const { provider } = connection
    if (typeof provider === 'string') {
      if (findProvider(provider) === undefined) {
        const known = Object.keys(providers)
        const near = suggest(provider, known)
        report(
          [...at, 'provider'],
          `${JSON.stringify(provider)} is not in the catalog. ${
            near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`
          } Others are described with customOAuth2 or customOidc`,
        )
      }
      return
    }
    const forged = checkLoginIssuer(provider, config)
    if (forged !== undefined) report([...at, 'provider', 'issuer'], forged)
    // Browsers go there, not the vault.
    const problem = checkUrl(provider.authorizationEndpoint, { loopbackHttp })
    if (problem !== undefined) report([...at, 'provider', 'authorizationEndpoint'], problem)
    const called: readonly (readonly [string, string | undefined])[] = [
      ['tokenEndpoint', provider.tokenEndpoint],
      ['jwksUri', provider.jwksUri],
      ['revocation.endpoint', provider.revocation?.endpoint.replaceAll('{client_id}', 'id')],
      [
        'identity.endpoint',
        provider.identity.source === 'userinfo' ? provider.identity.endpoint : undefined,
      ],
    ]
    for (const [name, url] of called) {
      const obstacle = url === undefined ? undefined : checkOutboundUrl(url, outbound)
      if (obstacle !== undefined) report([...at, 'provider', ...name.split('.')], obstacle)
    }
  })
}

function checkApis({ apis, issuer }: ParsedVaultConfig, report: Report): void {
  apis.forEach(({ identifier }, index) => {
    const at = ['apis', index, 'identifier']
    if (apis.findIndex((api) => api.identifier === identifier) !== index) {
      report(at, `${JSON.stringify(identifier)} is listed twice`)
    }
    // What the vault's own addresses mean is the vault's to say.
    if (issuer !== undefined && identifier.startsWith(issuer)) {
      report(at, "lies under the vault's own issuer. Give the API an identifier of its own")
    }
  })
}

function checkLogin({ login, connections }: ParsedVaultConfig, report: Report): void {
  const names = connections.map(({ name }) => name)
  login.connections?.forEach((name, index) => {
    if (names.includes(name)) return
    const near = suggest(name, names)
    const mend = near === undefined ? 'Add it to "connections"' : `Did you mean "${near}"?`
    report(['login', 'connections', index], `names no connection. ${mend}`)
  })
}

function checkTrustedIssuers(config: ParsedVaultConfig, report: Report): void {
  const loopbackHttp = loopbackHttpOf(config)
  config.trustedIssuers.forEach((trusted, index) => {
    const at = ['trustedIssuers', index]
    if (config.trustedIssuers.findIndex(({ issuer }) => issuer === trusted.issuer) !== index) {
      report([...at, 'issuer'], `${JSON.stringify(trusted.issuer)} is listed twice`)
    }
    if (trusted.issuer === config.issuer) {
      report([...at, 'issuer'], 'is the vault itself, whose tokens need no entry. Remove it')
    }
    const problem = checkUrl(trusted.issuer, { loopbackHttp })
    if (problem !== undefined) report([...at, 'issuer'], problem)
    const obstacle = checkOutboundUrl(trusted.jwksUri, { loopbackHttp, ...config.outbound })
    if (obstacle !== undefined) report([...at, 'jwksUri'], obstacle)
  })
}

function checkClients(config: ParsedVaultConfig, report: Report): void {
  const names = config.connections.map(({ name }) => name)
  config.clients.forEach((client, index) => {
    const at = ['clients', index]
    if (config.clients.findIndex(({ id }) => id === client.id) !== index) {
      report([...at, 'id'], `${JSON.stringify(client.id)} is used twice. Client ids are unique`)
    }
    if (config.admin?.clients.some(({ id }) => id === client.id) === true) {
      // In the audit log one could be taken for the other.
      report([...at, 'id'], `${JSON.stringify(client.id)} is an admin client's. Take another`)
    }
    if (client.id === ACCOUNT_CLIENT_ID) {
      report([...at, 'id'], "is the vault's own. Give the client another id")
    }
    if (client.type === 'public') {
      checkPublicClient(client, at, report)
    } else if (client.secret === undefined && client.jwks === undefined) {
      report(
        at,
        'has no way to authenticate. Give "secret" ("env:NAME") or "jwks", or type "public" for an app on the user\'s device',
      )
    }
    if (client.type === 'confidential' && client.origins.length > 0) {
      // R26: a secret in a browser is none.
      report([...at, 'origins'], 'is for clients of type "public". Scripts cannot keep a secret')
    }
    if (client.secret !== undefined && client.jwks !== undefined) {
      report(at, 'has both "secret" and "jwks". Keep one: a client authenticates in one way')
    }
    checkClientApis(client, at, { config, report })
    checkPublicKeys(client.jwks, at, report)
    for (const setting of ['redirectUris', 'postLogoutRedirectUris'] as const) {
      client[setting].forEach((uri, uriIndex) => {
        const problem = checkUrl(uri, { loopbackHttp: 'allowed' })
        if (problem !== undefined) report([...at, setting, uriIndex], problem)
      })
    }
    const obstacle =
      client.backchannelLogoutUri &&
      checkOutboundUrl(client.backchannelLogoutUri, {
        loopbackHttp: loopbackHttpOf(config),
        ...config.outbound,
      })
    if (obstacle) report([...at, 'backchannelLogoutUri'], obstacle)
    for (const name of Object.keys(client.connections)) {
      if (names.includes(name)) continue
      const near = suggest(name, names)
      report(
        [...at, 'connections', name],
        `names no connection. ${
          near === undefined ? 'Add it to "connections"' : `Did you mean "${near}"?`
        }`,
      )
    }
    client.subjects.forEach((subject, subjectIndex) => {
      if (config.trustedIssuers.some(({ issuer }) => issuer === subject.issuer)) return
      report(
        [...at, 'subjects', subjectIndex],
        `${JSON.stringify(subject.issuer)} is not in "trustedIssuers". Add it there`,
      )
    })
  })
}

/** RV-112 */
function checkAdmin({ admin }: ParsedVaultConfig, report: Report): void {
  if (admin === undefined) return
  admin.clients.forEach((client, index) => {
    const at = ['admin', 'clients', index]
    if (admin.clients.findIndex(({ id }) => id === client.id) !== index) {
      report([...at, 'id'], `${JSON.stringify(client.id)} is used twice`)
    }
    if ((client.secret === undefined) === (client.jwks === undefined)) {
      report(at, 'needs one way to authenticate: "secret" ("env:NAME") or "jwks"')
    }
    checkPublicKeys(client.jwks, at, report)
  })
  if (admin.host !== undefined && admin.port === undefined) {
    report(['admin', 'host'], 'is of no effect without "port". Give both, or neither')
  }
}

/** Whoever holds such an app can speak for it, so it logs users in and gets nothing else (RV-21). */
function checkPublicClient(client: ConfiguredClient, at: Path, report: Report): void {
  if (client.secret !== undefined || client.jwks !== undefined) {
    report(at, 'is public and has a "secret" or "jwks". Remove it, or the type')
  }
  const excess = (client.grants ?? []).filter((grant) => CONFIDENTIAL_GRANTS.includes(grant))
  if (excess.length > 0) {
    report(
      [...at, 'grants'],
      `${excess.join(', ')}: only for clients with a secret or keys. Remove it here, or the type`,
    )
  }
}

function checkClientApis(
  client: ConfiguredClient,
  at: Path,
  { config, report }: { readonly config: ParsedVaultConfig; readonly report: Report },
): void {
  const identifiers = config.apis.map(({ identifier }) => identifier)
  for (const [identifier, { scopes }] of Object.entries(client.apis)) {
    const api = config.apis.find((candidate) => candidate.identifier === identifier)
    if (api === undefined) {
      const near = suggest(identifier, identifiers)
      const mend = near === undefined ? 'Add it to "apis"' : `Did you mean "${near}"?`
      report([...at, 'apis', identifier], `names no API. ${mend}`)
      continue
    }
    const unknown = scopes.filter((scope) => !api.scopes.includes(scope))
    if (unknown.length > 0) {
      report(
        [...at, 'apis', identifier, 'scopes'],
        `${unknown.join(', ')}: not among the API's. Known: ${api.scopes.join(', ')}`,
      )
    }
  }
  if (client.api !== undefined && !identifiers.includes(client.api)) {
    report([...at, 'api'], 'names no API. Add it to "apis"')
  }
  client.actors.forEach((actor, index) => {
    if (config.clients.some(({ id }) => id === actor)) return
    report([...at, 'actors', index], `${JSON.stringify(actor)} is no client's id`)
  })
  if (client.signedSubjects === undefined) return
  if (client.jwks === undefined) {
    report([...at, 'signedSubjects'], 'needs "jwks": the client signs with its own key')
  }
  const problem = checkSigningIssuer(client.signedSubjects.issuer, config)
  if (problem !== undefined) report([...at, 'signedSubjects', 'issuer'], problem)
  client.signedSubjects.connections.forEach((name, index) => {
    if (config.connections.some((connection) => connection.name === name)) return
    report([...at, 'signedSubjects', 'connections', index], 'names no connection')
  })
}

function checkPublicKeys(jwks: ConfiguredClient['jwks'], at: Path, report: Report): void {
  jwks?.keys.forEach((key, index) => {
    const problem = checkPublicKey(key)
    if (problem !== undefined) report([...at, 'jwks', 'keys', index], problem)
  })
}

/** Asymmetric and public: a private member here is a key that leaked into a configuration. */
function checkPublicKey(key: Readonly<Record<string, unknown>>): string | undefined {
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((member) => Object.hasOwn(key, member))) {
    return 'holds a private or shared key. Give the public half only, and replace the pair'
  }
  if (!['RSA', 'EC', 'OKP'].includes(String(key['kty']))) {
    return 'must be a public JWK with "kty" RSA, EC or OKP'
  }
  return undefined
}

function loopbackHttpOf({ development }: ParsedVaultConfig): 'allowed' | 'refused' {
  return development.dangerouslyAllowLoopbackHttp ? 'allowed' : 'refused'
}
