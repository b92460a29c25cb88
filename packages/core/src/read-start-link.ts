import type { Flow } from './connect-flow.ts'
import { isPopupId } from './connect-message.ts'
import { isConnectionName } from './parse-interrupt.ts'
import { parseReturnPath } from './return-path.ts'
import { sortedScopes } from './token-for-connection-options.ts'

const longestParameter = 512

/** What the link may pass on to the provider; the rest of its query is ignored. */
const authorizationParameterNames = [
  'acr_values',
  'display',
  'login_hint',
  'max_age',
  'prompt',
  'ui_locales',
]

/** What a link asks for. */
export interface WantedConnection {
  readonly connection: string
  readonly scopes: readonly string[]
  readonly authorizationParams: Readonly<Record<string, string>>
  readonly returnTo: string
  /** The popup that the link was opened in. */
  readonly popup: string | undefined
}

/** The link's wish, or what is wrong with it. The query is attacker-controlled. */
export function readStartLink(query: URLSearchParams, flow: Flow): WantedConnection | string {
  const connection = query.get('connection')
  if (!isConnectionName(connection)) return 'The link names no connection.'
  const allowed = flow.connections?.[connection]
  const isListed = flow.connections === undefined || Object.hasOwn(flow.connections, connection)
  if (!isListed) return 'The link names a connection that this app does not offer.'
  const scopes = readScopes(query.getAll('scopes'))
  if (scopes === undefined) return 'The link names scopes that are none.'
  const extra = scopes.filter((scope) => allowed?.scopes?.includes(scope) === false)
  if (extra.length > 0) return 'The link asks for scopes that this app does not offer.'
  const popup = query.get('popup') ?? undefined
  if (popup !== undefined && !isPopupId(popup)) return 'The link names a popup that is none.'
  const wanted = parseReturnPath(query.get('returnTo') ?? '')
  const isAllowed = wanted !== undefined && flow.isReturnPathAllowed(wanted)
  const parameters = authorizationParameterNames.flatMap((name) => {
    const value = query.get(name) ?? ''
    return value === '' || value.length > longestParameter ? [] : [[name, value] as const]
  })
  return {
    connection,
    scopes,
    authorizationParams: Object.fromEntries(parameters),
    returnTo: isAllowed ? wanted : flow.defaultReturnPath,
    popup,
  }
}

function readScopes(values: readonly string[]): readonly string[] | undefined {
  // Both ways of writing a list: `scopes=a&scopes=b` and `scopes=a b`.
  const scopes = values.flatMap((value) => value.split(' ').filter((scope) => scope !== ''))
  try {
    return sortedScopes(scopes)
  } catch {
    return undefined
  }
}
