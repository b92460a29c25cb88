import { authorizationCodeGrant } from 'openid-client'

import { failed, passed, type Verdict, warning } from '../domain/diagnosis.ts'
import type { ProviderFailure } from '../domain/provider-tokens.ts'
import type { Result } from '../domain/result.ts'
import type { DeploymentProbe } from '../ports/deployment-probe.ts'
import type { OutboundAnswer, OutboundFetch } from '../ports/outbound-fetch.ts'
import type { Runtime } from '../ports/runtime.ts'
import { parseJsonObject } from './parse-json-object.ts'
import type { ProviderConnection, ProviderConnections } from './provider-connection.ts'
import { callTokenEndpoint } from './token-endpoint.ts'

export interface DeploymentProbeOptions {
  readonly connections: ProviderConnections
  readonly trustedIssuers: readonly { readonly issuer: string; readonly jwksUri: string }[]
  readonly outboundFetch: OutboundFetch
  readonly runtime: Pick<Runtime, 'now'>
}

/** No provider has given it out: what it is answered shows whether the client was let in. */
const NO_CODE = 'valet-key-connection-test'

/** Beyond this, tokens that are good look expired, or not yet valid. */
const MAX_CLOCK_SKEW_SECONDS = 30

const MAX_BYTES = 256 * 1024

/** Asks providers and login systems through the guarded way out, as exchanges would. */
export function createDeploymentProbe({
  connections,
  trustedIssuers,
  outboundFetch,
  runtime,
}: DeploymentProbeOptions): DeploymentProbe {
  const get = async (url: string): Promise<OutboundAnswer> =>
    await outboundFetch({
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutSeconds: 5,
      maxBytes: MAX_BYTES,
    })

  async function checkKeys(check: string, url: string): Promise<readonly Verdict[]> {
    const answer = await get(url)
    return [explainKeys(check, url, answer), ...clockOf(answer, runtime.now())]
  }

  function explainKeys(check: string, url: string, answer: OutboundAnswer): Verdict {
    const keys = answer.ok ? parseJsonObject(answer.body)?.['keys'] : undefined
    if (answer.ok && answer.status === 200 && Array.isArray(keys)) {
      return passed(check, `${keys.length} at ${url}.`)
    }
    return failed(
      check,
      `They cannot be had from ${url}: ${codeOf(answer)}.`,
      mendOf(answer, 'Compare the address with jwks_uri in the metadata of the login system.'),
    )
  }

  return {
    async connection({ name }, redirectUri) {
      const connection = await connections.get(name)
      if (connection === undefined) return []
      const { definition } = connection
      const clocks: Verdict[] = []
      const observed: OutboundFetch = async (request) => {
        const answer = await outboundFetch(request)
        clocks.push(...clockOf(answer, runtime.now()))
        return answer
      }
      const presented = await presentClient(connection, redirectUri, observed, runtime.now())
      return [
        ...presented,
        ...(definition.issuer === undefined ? [] : [await checkDiscovery(connection, get)]),
        ...(definition.jwksUri === undefined
          ? []
          : (await checkKeys('provider_keys', definition.jwksUri)).slice(0, 1)),
        ...clocks,
      ]
    },

    async issuerKeys(issuer) {
      const trusted = trustedIssuers.find((one) => one.issuer === issuer)
      return trusted && (await checkKeys('issuer_keys', trusted.jwksUri))
    },
  }
}

/** Redeems a code that does not exist: a provider that knows the client refuses the code, any other refuses the client. */
async function presentClient(
  connection: ProviderConnection,
  redirectUri: string,
  outboundFetch: OutboundFetch,
  now: number,
): Promise<readonly Verdict[]> {
  const state = NO_CODE
  const url = new URL(redirectUri)
  url.search = new URLSearchParams({ code: NO_CODE, state }).toString()
  const answer = await callTokenEndpoint({ connection, outboundFetch, now }, (configuration) =>
    authorizationCodeGrant(configuration, url, {
      expectedState: state,
      ...(connection.definition.pkce === 'S256' && { pkceCodeVerifier: NO_CODE.padEnd(43, '-') }),
    }),
  )
  return explainPresentation(answer, connection.definition.tokenEndpoint)
}

/** Whatever else was refused, the client was not. */
const CODE_REFUSALS: readonly string[] = ['invalid_request', 'invalid_scope', 'unknown_error']

function explainPresentation(
  answer: Result<unknown, ProviderFailure>,
  tokenEndpoint: string,
): readonly Verdict[] {
  const reached = passed('token_endpoint', `${tokenEndpoint} answers.`)
  if (answer.ok) {
    return [
      reached,
      warning(
        'client',
        'The provider gave tokens for a code that it never gave out.',
        'This is no provider to trust. Check the address of its token endpoint.',
      ),
    ]
  }
  const { kind, code } = answer.refusal
  switch (kind) {
    case 'permanent':
      return [reached, passed('client', 'The provider knows the client id and its secret.')]
    case 'operator':
      return [
        reached,
        failed(
          'client',
          `The provider refuses the vault's client: ${code}.`,
          'Compare client id and secret of the connection with the provider, and put the right ones in.',
        ),
      ]
    case 'transient':
      return CODE_REFUSALS.includes(code)
        ? [
            reached,
            warning(
              'client',
              `The provider refuses the test's code without saying whether it knows the client: ${code}.`,
              'Connect an account once to be sure.',
            ),
          ]
        : [
            failed(
              'token_endpoint',
              `${tokenEndpoint} cannot be used now: ${code}.`,
              MENDS[code] ?? 'Look at the status page of the provider, and try again.',
            ),
          ]
  }
}

async function checkDiscovery(
  { definition }: ProviderConnection,
  get: (url: string) => Promise<OutboundAnswer>,
): Promise<Verdict> {
  const { issuer = '' } = definition
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await get(url)
  const metadata = answer.ok && answer.status === 200 ? parseJsonObject(answer.body) : undefined
  if (metadata === undefined) {
    return warning(
      'discovery',
      `${url} gives no metadata: ${codeOf(answer)}.`,
      mendOf(answer, 'Compare the issuer with the ID tokens of the provider.'),
    )
  }
  const expected = {
    issuer,
    authorization_endpoint: definition.authorizationEndpoint,
    token_endpoint: definition.tokenEndpoint,
    jwks_uri: definition.jwksUri,
  }
  const different = Object.entries(expected).filter(([member, value]) => metadata[member] !== value)
  return different.length === 0
    ? passed('discovery', 'The provider says of itself what the connection says.')
    : warning(
        'discovery',
        `The provider says otherwise of itself: ${different.map(([member]) => member).join(', ')}.`,
        `Compare the connection with ${url}.`,
      )
}

/** What the `Date` of an answer says of this machine's clock. */
function clockOf(answer: OutboundAnswer, now: number): readonly Verdict[] {
  const date = answer.ok ? Date.parse(answer.headers.get('date') ?? '') : NaN
  if (Number.isNaN(date)) return []
  const skew = Math.round(date / 1000) - now
  if (Math.abs(skew) <= MAX_CLOCK_SKEW_SECONDS) return [passed('clock', 'It goes as theirs.')]
  return [
    warning(
      'clock',
      `It is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} theirs.`,
      "Let the machine's clock be set by NTP.",
    ),
  ]
}

function codeOf(answer: OutboundAnswer): string {
  if (!answer.ok) return answer.code
  return answer.status === 200 ? 'no such document' : `http_${answer.status}`
}

function mendOf(answer: OutboundAnswer, otherwise: string): string {
  return answer.ok ? otherwise : (MENDS[answer.code] ?? otherwise)
}

const MENDS: Readonly<Record<string, string>> = {
  refused_address:
    'The vault calls public addresses only. If it is a server of your own network, add it to outbound.allowedHosts.',
  refused_url:
    'The vault calls https at port 443 only. If it is a server of your own network, add it to outbound.allowedHosts.',
  dns_failed: 'Check the name, and that this machine can resolve it.',
  connect_failed: 'Check that this machine can reach it: firewall, route, certificate.',
  timeout: 'Check that this machine can reach it, and the status page of the service.',
  redirect: 'The address leads elsewhere, and the vault does not follow. Give the final one.',
}
