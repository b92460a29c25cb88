import {
  type ModelAnswer,
  type ModelVault,
  type SeenRequest,
  startModelVault,
  tokenAnswer,
} from './model-vault.ts'

/** A vault with the My Account API, as far as core speaks it. */
export interface ModelAccounts extends ModelVault {
  /** Answers to give instead, by path prefix below `/me/v1/connected-accounts`. */
  readonly instead: Map<string, ModelAnswer>
  /** Bodies of the calls, by path. */
  bodies(path: string): readonly unknown[]
}

const base = '/me/v1/connected-accounts'

const account = {
  id: 'cac_1',
  connection: 'google-oauth2',
  access_type: 'offline',
  scopes: ['calendar.events'],
  label: 'alice@example.com',
  provider_account_id: 'google-1',
  state: 'active',
  created_at: '2030-01-01T00:00:00.000Z',
}

/** Starts it. */
export async function startModelAccounts(): Promise<ModelAccounts> {
  const instead = new Map<string, ModelAnswer>()
  const vault = await startModelVault((request) => {
    if (request.path === '/oauth/token') {
      return tokenAnswer(request, { access_token: `me-token-${request.form['scope']}` })
    }
    for (const [path, answer] of instead) {
      if (request.path.startsWith(base + path)) return answer
    }
    return answerAccounts(request, vault.issuer)
  })
  return Object.assign(vault, {
    instead,
    bodies: (path: string) =>
      vault.requests
        .filter((request) => request.path === base + path && request.body !== '')
        .map((request) => JSON.parse(request.body) as unknown),
  })
}

function answerAccounts({ method, path }: SeenRequest, issuer: string): ModelAnswer {
  const { pathname, searchParams } = new URL(path, issuer)
  switch (`${method} ${pathname.slice(base.length)}`) {
    case 'POST /connect':
      return {
        status: 201,
        json: {
          connect_uri: `${issuer}connect`,
          auth_session: 'auth-session-1',
          connect_params: { ticket: 'ticket-1' },
          expires_in: 300,
        },
      }
    case 'POST /complete':
      return { status: 201, json: account }
    case 'GET /accounts':
      // Two pages.
      return searchParams.get('from') === 'page-2'
        ? { json: { accounts: [{ ...account, id: 'cac_2', created_at: 1_900_000_000 }] } }
        : { json: { accounts: [account], next: 'page-2' } }
    case 'GET /connections':
      return {
        json: { connections: [{ name: 'google-oauth2', strategy: 'google', scopes: ['email'] }] },
      }
    case 'DELETE /accounts/cac_1':
      return { status: 204 }
    default:
      return { status: 404, json: { type: 'about:blank', status: 404, title: 'Not Found' } }
  }
}
